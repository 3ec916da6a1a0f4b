"""A synthetic retail world: master data, and the events that shops and their customers make."""
