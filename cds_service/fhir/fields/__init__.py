"""One small reader per fact. A reader looks and never decides; what it does not find, it says where it looked."""
