-- A file that digests of two trails list has a verdict by each of them. The one in `log_object` is what they say
-- together, whichever chain was verified last. Where an account and Region has one trail only, nothing is kept here.
CREATE TABLE file_verdict (
    object_id int  NOT NULL REFERENCES log_object,
    chain_id  int  NOT NULL REFERENCES chain,
    verdict   text NOT NULL CHECK (verdict IN (
        'verified', 'missing', 'hash-differs', 'changed-after-collection', 'not-listed', 'no-digest-yet',
        'no-digest-expected', 'digest-invalid')),
    digest_id int  REFERENCES log_object,
    PRIMARY KEY (object_id, chain_id)
);
CREATE INDEX file_verdict_by_chain ON file_verdict (chain_id);

ALTER TABLE file_verdict ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_verdict FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON file_verdict TO orgtrail_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON file_verdict TO orgtrail_worker;

-- Whether the chain's verdicts are in `file_verdict`: they are once it was verified beside another trail's.
ALTER TABLE chain ADD COLUMN keeps_verdicts boolean NOT NULL DEFAULT false;
