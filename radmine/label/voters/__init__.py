"""Who votes: the rules, trained voters, and voters that others write."""
