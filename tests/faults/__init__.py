"""Faults on the wire: what a client gets of an answer that was decided and recorded."""
