"""The enterprise file: returns and the accepted facts built from them, differences, IP, import and export."""
