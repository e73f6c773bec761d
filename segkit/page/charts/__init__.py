"""How charts are drawn and described, whatever they show."""
