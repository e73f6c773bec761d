"""Who is told what: a page to its readers, a failure to its owners, each once, and a ledger of all of it."""
