"""The calibration as jobs of a cluster: one for each type of GPU, sent with submitit."""
