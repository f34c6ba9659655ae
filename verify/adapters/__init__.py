"""Adapters: samplers of other libraries, and our own, as callables that an audit can drive."""
