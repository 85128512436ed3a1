-- Of a text that is longer than 2,048 characters the dictionary keeps the beginning. A search for what may lie behind
-- it reads records instead, and asks here whether there is any such text at all; as a rule there is none.
CREATE INDEX term_cut ON term (field) WHERE length(value) >= 2048 OR length(detail) >= 2048;
CREATE INDEX principal_cut ON principal (principal_id)
    WHERE length(kind) >= 2048 OR length(arn) >= 2048 OR length(name) >= 2048;
