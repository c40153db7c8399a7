"""What is promised about the speed of the site."""
