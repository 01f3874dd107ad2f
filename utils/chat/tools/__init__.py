"""Tools that a model may call: what is offered (`offered`), where they run, what becomes of their results."""
