"""Plans as files: ``.isoloss``, read, written, migrated, backed up, recovered."""
