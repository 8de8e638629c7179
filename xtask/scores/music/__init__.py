"""Music with exact labels: pieces of a small band, rendered through a SoundFont that no network learnt from."""
