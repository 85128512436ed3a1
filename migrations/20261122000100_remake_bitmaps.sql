-- A bitmap whose version is older than the program's is made anew, so bitmaps may be changed. `stop_set` holds the
-- version of the whole: the encoding in its high byte, the set of grams in its low one. Bitmaps of version 1 lack the
-- texts that a producer has spelled by escapes; every file with one is read until it has another.
GRANT UPDATE ON object_grams TO orgtrail_worker;
COMMENT ON COLUMN object_grams.stop_set IS 'version of the bitmap: 256 × encoding + stop-set; 1 is the first of both';
