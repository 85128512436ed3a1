-- What an older program could not read, a newer one may. A retry takes the archived bytes in once more, as a further
-- object, and in the same transaction resolves the entries of the object before. Entries are never deleted.
ALTER TABLE quarantine
    ADD COLUMN retried_at  timestamptz,
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN resolved_by int REFERENCES log_object,
    ADD CONSTRAINT resolved_by_an_object CHECK ((resolved_at IS NULL) = (resolved_by IS NULL));
CREATE INDEX quarantine_open ON quarantine (quarantine_id) WHERE resolved_at IS NULL;
GRANT UPDATE (retried_at, resolved_at, resolved_by) ON quarantine TO orgtrail_worker;
