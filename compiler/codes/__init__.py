"""One Markdown page a diagnostic code: `netc explain`, documentation and test in one."""
