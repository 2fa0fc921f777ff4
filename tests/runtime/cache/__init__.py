"""What checks found, kept between processes."""
