"""Facts of enterprises: the catalogue, reading and normalising, none and unknown."""
