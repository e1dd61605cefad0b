"""Phase 3: is the code sound, and what does it answer?"""
