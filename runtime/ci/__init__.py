"""What the GitHub action does beyond `netc check`: compares a pull request and comments on it."""
