"""Virtual battery-cathode particles, from microscope image to finite-element mesh."""
