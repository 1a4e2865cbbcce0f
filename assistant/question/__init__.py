"""What a question asks: its kind, its time frame, the outlets it names, and what a follow-up refers to."""
