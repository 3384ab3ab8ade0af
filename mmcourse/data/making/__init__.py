"""What sets are made from: painted pictures, tones, captions, and what can go wrong with each."""
