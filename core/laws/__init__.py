"""Loss laws: what loss a budget of compute buys, and at which size."""
