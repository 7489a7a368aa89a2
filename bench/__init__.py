"""Speed, as ratios: `make bench`. Nothing here asserts: a person reads a figure, beside the machine it was made on."""
