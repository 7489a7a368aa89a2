"""An assessment as people and machines see it: cards, suggestions, the machine-readable answer, the timeline. Pure."""
