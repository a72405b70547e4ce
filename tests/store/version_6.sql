-- A store as version 6 left it. Made with .dump of the sqlite3 program; never edited.
PRAGMA application_id = 1128614994;
PRAGMA user_version = 6;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE worker (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  pid        INTEGER NOT NULL,
  host       TEXT NOT NULL,
  started_at INTEGER NOT NULL
, kind TEXT NOT NULL DEFAULT 'run'
  CHECK (kind IN ('run', 'work', 'serve')), left_at INTEGER) STRICT;
INSERT INTO worker VALUES(1,4711,'example',1795493840499,'serve',NULL);
INSERT INTO worker VALUES(2,4711,'example',1795493840656,'work',NULL);
CREATE TABLE content (
  id       INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  size     INTEGER NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('text', 'zstd')),
  data     BLOB NOT NULL
) STRICT;
INSERT INTO content VALUES(1,'d9cf91cb8d67590a51b450a47fba24dc5d1abe5743193c18fea01c4ff4fc1aec',512,'text',X'7b226e616d65223a226665746368222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b226e696768746c79225d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a2266657463682829222c226b696e64223a22636f6465222c2266696c65223a2266657463682e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(2,'f0ae466aa2aef5d28517665bc3b86848602537587f53ea448eb09063480cd5e4',7,'text',X'66657463682829');
INSERT INTO content VALUES(3,'a071e46d592f0a28eaa063ce41cf799764ad1cd694bd7bc874745d4df9909c7e',503,'text',X'7b226e616d65223a22636c65616e222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a332c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a22636c65616e2829222c226b696e64223a22636f6465222c2266696c65223a22636c65616e2e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(4,'8fa98b2cc9fd19e7ee112e49926651afc9d4d94e68a1869e513706aa8484d749',7,'text',X'636c65616e2829');
INSERT INTO content VALUES(5,'0720badf35964518fac56ec27f18974ace639dc6e43dee90bf3b9d11fd5c3b3f',506,'text',X'7b226e616d65223a227265706f7274222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a227265706f72742829222c226b696e64223a22636f6465222c2266696c65223a227265706f72742e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(6,'bb815390a9275340bcb38e78ef8b33a24932fdccb45814fabcb432880d8a7273',676,'text',X'7b226e616d65223a226d6f64656c222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22707974686f6e222c2267617465776179223a22222c227265717569726573223a5b22677075225d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b7b226e616d65223a2272617465222c2276616c7565223a6e756c6c2c22636f6e73747261696e74223a7b227265717569726564223a66616c73652c2274797065223a6e756c6c2c2263686f69636573223a5b5d2c226d696e223a6e756c6c2c226d6178223a6e756c6c2c227061747465726e223a6e756c6c7d7d5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a7b226b6579223a226d6f64656c222c226c696d6974223a312c22706f6c696379223a227175657565227d2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a22666974287261746529222c226b696e64223a22636f6465222c2266696c65223a226d6f64656c2e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(7,'81a4fa67c3c08e7641907ab0ab3661d2b294d3870dd968b42b17ebf5734c4055',536,'text',X'7b226e616d65223a2273796e63222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a7b226b6579223a2273796e63222c226c696d6974223a312c22706f6c696379223a22736b6970227d2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a2273796e632829222c226b696e64223a22636f6465222c2266696c65223a2273796e632e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(8,'4ffcd51503a1d23a814d61b73451648358703e5e766b9a7f2e4879e83867c950',6,'text',X'73796e632829');
INSERT INTO content VALUES(9,'90b96af120658ff96676fccf99ae72cfed952a50955457b59e8180494a8bd9b0',631,'text',X'7b226e616d65223a22747261696e222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b7b226e616d65223a226c696d6974222c2276616c7565223a6e756c6c2c22636f6e73747261696e74223a7b227265717569726564223a66616c73652c2274797065223a6e756c6c2c2263686f69636573223a5b5d2c226d696e223a6e756c6c2c226d6178223a6e756c6c2c227061747465726e223a6e756c6c7d7d5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a22747261696e286c696d697429222c226b696e64223a22636f6465222c2266696c65223a22747261696e2e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(10,'442e50839d4376bae6ded7d56480bf20f9c0520f89a93ac26cc29ff2de7a0a8f',12,'text',X'747261696e286c696d697429');
INSERT INTO content VALUES(11,'a0799a410ebc4b77c5a95ead77d274fddc2c27d080bf38f6643550694d23944a',9,'text',X'6c696d6974203d2035');
INSERT INTO content VALUES(12,'9b2e0cd098c013b9a58c3d916553a436e4a8faf52d277628dd52a0cf6d313d14',710,'text',X'7b226e616d65223a22747261696e222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b7b226e616d65223a226c696d6974222c2276616c7565223a6e756c6c2c22636f6e73747261696e74223a7b227265717569726564223a66616c73652c2274797065223a6e756c6c2c2263686f69636573223a5b5d2c226d696e223a6e756c6c2c226d6178223a6e756c6c2c227061747465726e223a6e756c6c7d7d5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a7b2263726f6e223a22302033202a202a202a222c2274696d657a6f6e65223a224575726f70652f4265726c696e222c226a69747465725f6d73223a3132303030302c2263617463685f7570223a22616c6c227d2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a22747261696e286c696d697429222c226b696e64223a22636f6465222c2266696c65223a22747261696e2e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(13,'751c43bd5e16d85cbe55124d982893c4fcc933b5047b1d7a67622f0722c326ca',508,'text',X'7b226e616d65223a22747261696e222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a22747261696e286c696d697429222c226b696e64223a22636f6465222c2266696c65223a22747261696e2e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(14,'5b1e4c919b62184947969b4488765378209fdd6881df48ed226fab66dfb5b3c0',500,'text',X'7b226e616d65223a226c6f6e67222c226465736372697074696f6e223a22222c226b65726e656c223a22222c226c616e6775616765223a22222c2267617465776179223a22222c227265717569726573223a5b5d2c2274616773223a5b5d2c22776f726b696e675f646972223a222e222c2274696d656f75745f6d73223a6e756c6c2c2263656c6c5f74696d656f75745f6d73223a6e756c6c2c227374616c6c5f74696d656f75745f6d73223a6e756c6c2c22706172616d6574657273223a5b5d2c22706172616d65746572735f6265666f7265223a302c227265747279223a7b22617474656d707473223a312c2264656c61795f6d73223a302c226261636b6f6666223a312e302c226f6e223a5b5d7d2c22636f6e63757272656e6379223a6e756c6c2c227363686564756c65223a6e756c6c2c2263656c6c73223a5b7b226e616d65223a22222c22736f75726365223a226c6f6e672829222c226b696e64223a22636f6465222c2266696c65223a226c6f6e672e746f6d6c222c226c696e65223a312c2274696d656f75745f6d73223a6e756c6c2c226f6e5f6572726f72223a2273746f70222c22657870656374735f6572726f72223a66616c73652c2265787065637465645f6572726f72223a22222c226d61795f7261697365223a66616c73652c22736b6970223a66616c73657d5d7d');
INSERT INTO content VALUES(15,'24594557ead86a3c6525d34a81a564f2f7f25e3cc6b3c3cdc50c22f6e709a716',6,'text',X'6c6f6e672829');
CREATE TABLE run (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job           TEXT NOT NULL,
  state         TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  reason        TEXT,
  message       TEXT NOT NULL DEFAULT '',
  attempt       INTEGER NOT NULL DEFAULT 0,  -- the last one's number
  submitted_at  INTEGER NOT NULL,
  finished_at   INTEGER,
  gateway       TEXT NOT NULL,               -- as asked for; may be empty
  kernelspec    TEXT NOT NULL,
  job_file      TEXT NOT NULL,
  job_sha256    TEXT NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES content (id),
  tags          TEXT NOT NULL,               -- a JSON array
  parameters    TEXT NOT NULL, priority INTEGER NOT NULL DEFAULT 0, due_at INTEGER, not_before INTEGER, ready_at INTEGER NOT NULL DEFAULT 0, key TEXT CHECK (key <> ''), group_id INTEGER REFERENCES run_group (id), language TEXT NOT NULL DEFAULT '', requires TEXT, concurrency_key TEXT, concurrency_limit INTEGER
  CHECK ((concurrency_limit IS NULL) = (concurrency_key IS NULL)) CHECK (concurrency_limit >= 1), waits_for INTEGER NOT NULL DEFAULT 0 CHECK (waits_for >= 0), reserved_by INTEGER REFERENCES worker (id), cancel_request TEXT
  CHECK (cancel_request IN ('by_user', 'overlap')) CHECK (cancel_request IS NULL OR state <> 'queued'),               -- a JSON object
  CHECK ((finished_at IS NOT NULL) = (state NOT IN ('queued', 'running'))),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('cell_error', 'cell_timeout', 'run_timeout', 'stalled', 'kernel_died',
              'kernel_unavailable', 'gateway_unreachable', 'gateway_lost', 'output_limit',
              'interrupted', 'store_full')
           WHEN 'cancelled' THEN reason IS NOT NULL AND reason IN
             ('by_user', 'overlap', 'dependency')
           ELSE reason IS NULL END),
  CHECK (attempt >= 1 OR (attempt = 0 AND state IN ('queued', 'cancelled')))
) STRICT;
INSERT INTO run VALUES(1,'fetch','succeeded',NULL,'',1,1795399200000,1795399200040,'','','fetch.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1,'["nightly"]','{}',0,NULL,NULL,1795399200000,'fetch-2026-11-23',NULL,'','[]',NULL,NULL,0,NULL,NULL);
INSERT INTO run VALUES(2,'clean','queued',NULL,'the kernel died',1,1795399200050,NULL,'','','clean.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',3,'[]','{}',0,NULL,1795399260000,1795399260000,NULL,NULL,'','[]',NULL,NULL,0,NULL,NULL);
INSERT INTO run VALUES(3,'report','queued',NULL,'',0,1795399200080,NULL,'','','report.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',5,'[]','{}',5,NULL,NULL,1795399200080,NULL,NULL,'','[]',NULL,NULL,1,NULL,NULL);
INSERT INTO run VALUES(4,'model','queued',NULL,'',0,1795399200090,NULL,'','','model.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',6,'[]','{"rate":0}',0,1795402800000,1795402800000,1795402800000,NULL,1,'python','["gpu"]','model',1,0,NULL,NULL);
INSERT INTO run VALUES(5,'model','queued',NULL,'',0,1795399200090,NULL,'','','model.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',6,'[]','{"rate":1}',0,1795402800000,1795402800000,1795402800000,NULL,1,'python','["gpu"]','model',1,0,NULL,NULL);
INSERT INTO run VALUES(6,'sync','running',NULL,'',1,1795399200100,NULL,'','','sync.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',7,'[]','{}',0,NULL,NULL,1795399200100,NULL,NULL,'','[]','sync',1,0,NULL,'by_user');
INSERT INTO run VALUES(7,'sync','cancelled','overlap','run 6 of sync is running',0,1795399200101,1795399200101,'','','sync.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',7,'[]','{}',0,NULL,NULL,1795399200101,NULL,NULL,'','[]','sync',1,0,NULL,NULL);
INSERT INTO run VALUES(8,'train','running',NULL,'',1,1795399200110,NULL,'','','train.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',9,'[]','{"limit":5}',9,NULL,NULL,1795399200110,NULL,NULL,'','[]',NULL,NULL,0,NULL,NULL);
INSERT INTO run VALUES(9,'train','queued',NULL,'',0,1795399200150,NULL,'','','train.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',13,'[]','{}',0,NULL,NULL,1795399200150,NULL,NULL,'','[]',NULL,NULL,0,NULL,NULL);
INSERT INTO run VALUES(10,'long','running',NULL,'',1,1795399200160,NULL,'','','long.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',14,'[]','{}',0,NULL,NULL,1795399200160,NULL,NULL,'','[]',NULL,NULL,0,NULL,NULL);
CREATE TABLE run_tag (
  tag    TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  PRIMARY KEY (tag, run_id)
) STRICT, WITHOUT ROWID;
INSERT INTO run_tag VALUES('nightly',1);
CREATE TABLE attempt (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id          INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL CHECK (number >= 1),
  worker_id       INTEGER NOT NULL REFERENCES worker (id),
  state           TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  reason          TEXT,
  message         TEXT NOT NULL DEFAULT '',
  gateway         TEXT,
  kernelspec      TEXT,
  started_at      INTEGER NOT NULL,
  finished_at     INTEGER,
  queue_ms        REAL NOT NULL CHECK (queue_ms >= 0),
  kernel_start_ms REAL,
  duration_ms     REAL,  -- null also when the worker died: nobody measured it
  UNIQUE (run_id, number),
  CHECK ((finished_at IS NOT NULL) = (state <> 'running')),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('cell_error', 'cell_timeout', 'run_timeout', 'stalled', 'kernel_died',
              'kernel_unavailable', 'gateway_unreachable', 'gateway_lost', 'output_limit',
              'interrupted', 'store_full')
           WHEN 'cancelled' THEN reason IS NOT NULL AND reason IN
             ('by_user', 'overlap', 'dependency')
           ELSE reason IS NULL END),
  CHECK (duration_ms IS NULL OR state <> 'running')
) STRICT;
INSERT INTO attempt VALUES(1,1,1,1,'succeeded',NULL,'','lab','python3',1795399200010,1795399200040,10.0,12.0,30.0);
INSERT INTO attempt VALUES(2,2,1,1,'failed','kernel_died','the kernel died',NULL,NULL,1795399200060,1795399200070,10.0,NULL,5.0);
INSERT INTO attempt VALUES(3,6,1,1,'running',NULL,'',NULL,NULL,1795399200100,NULL,0.0,NULL,NULL);
INSERT INTO attempt VALUES(4,8,1,1,'running',NULL,'','lab','python3',1795399200120,NULL,10.0,9.0,NULL);
INSERT INTO attempt VALUES(5,10,1,1,'running',NULL,'',NULL,NULL,1795399200161,NULL,1.0,NULL,NULL);
CREATE TABLE cell (
  id              INTEGER PRIMARY KEY,
  attempt_id      INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  cell_index      INTEGER NOT NULL CHECK (cell_index >= 0),
  name            TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('code', 'parameters')),
  source_id       INTEGER NOT NULL REFERENCES content (id),
  file            TEXT NOT NULL,
  line            INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed',
                                                 'skipped', 'not_run', 'unknown')),
  reason          TEXT,
  message         TEXT NOT NULL DEFAULT '',
  execution_count INTEGER,
  started_at      INTEGER,
  duration_ms     REAL,
  msg_id          TEXT,                          -- of its execute_request
  ws_session_id   TEXT,                          -- of the WebSocket that it was sent over
  output_bytes    INTEGER NOT NULL DEFAULT 0,    -- of all that came, also where less was kept
  UNIQUE (attempt_id, cell_index),
  CHECK (CASE state
           WHEN 'failed' THEN reason IS NOT NULL AND reason IN
             ('error', 'timeout', 'kernel_died', 'stalled', 'output_limit', 'no_reply', 'aborted')
           ELSE reason IS NULL END),
  CHECK ((started_at IS NOT NULL) = (state IN ('running', 'succeeded', 'failed', 'unknown'))),
  CHECK ((started_at IS NOT NULL) = (msg_id IS NOT NULL)),
  CHECK ((msg_id IS NOT NULL) = (ws_session_id IS NOT NULL)),
  CHECK (duration_ms IS NULL OR state IN ('succeeded', 'failed', 'unknown'))
) STRICT;
INSERT INTO cell VALUES(1,1,0,'','code',2,'fetch.toml',1,'succeeded',NULL,'',1,1795399200020,5.0,'m0','w',0);
INSERT INTO cell VALUES(2,2,0,'','code',4,'clean.toml',1,'not_run',NULL,'',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO cell VALUES(3,3,0,'','code',8,'sync.toml',1,'pending',NULL,'',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO cell VALUES(4,4,1,'','code',10,'train.toml',1,'running',NULL,'',NULL,1795399200132,NULL,'m1','w',341);
INSERT INTO cell VALUES(5,4,0,'','parameters',11,'',1,'succeeded',NULL,'',1,1795399200130,1.0,'m0','w',0);
INSERT INTO cell VALUES(6,5,0,'','code',15,'long.toml',1,'pending',NULL,'',NULL,NULL,NULL,NULL,NULL,0);
CREATE TABLE output (
  id          INTEGER PRIMARY KEY,
  cell_id     INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 0),
  type        TEXT NOT NULL
              CHECK (type IN ('stream', 'display_data', 'execute_result', 'error')),
  stream_name TEXT,
  display_id  TEXT,
  cleared     INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1)),
  bytes       INTEGER NOT NULL DEFAULT 0, replaced INTEGER,  -- of all that came, also where less was kept
  UNIQUE (cell_id, number),
  CHECK ((type = 'stream') = (stream_name IS NOT NULL))
) STRICT;
INSERT INTO output VALUES(1,4,0,'stream','stdout',NULL,0,300,NULL);
INSERT INTO output VALUES(2,4,1,'display_data',NULL,'bar',0,41,NULL);
CREATE TABLE chunk (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt_id INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  output_id  INTEGER NOT NULL REFERENCES output (id) ON DELETE CASCADE,
  start      INTEGER NOT NULL CHECK (start >= 0),
  size       INTEGER NOT NULL CHECK (size >= 0),
  encoding   TEXT CHECK (encoding IN ('text', 'zstd')),
  data       BLOB,
  content_id INTEGER REFERENCES content (id), in_tail INTEGER NOT NULL DEFAULT 0 CHECK (in_tail IN (0, 1)),
  CHECK ((encoding IS NULL) = (data IS NULL)),
  CHECK ((data IS NULL) = (content_id IS NOT NULL))
) STRICT;
INSERT INTO chunk VALUES(1,4,1,0,50,'text',X'7979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979',NULL,0);
INSERT INTO chunk VALUES(13,4,1,294,4,'text',X'79797979',NULL,1);
INSERT INTO chunk VALUES(14,4,1,298,2,'text',X'7979',NULL,1);
INSERT INTO chunk VALUES(15,4,2,0,41,'text',X'7b2264617461223a7b22746578742f706c61696e223a2235227d2c226d65746164617461223a7b7d7d',NULL,1);
CREATE TABLE event (
  id      INTEGER PRIMARY KEY,
  cell_id INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('outputs_lost', 'outputs_truncated', 'resumed',
                                        'late_output', 'foreign_traffic')),
  at      INTEGER NOT NULL,
  detail  TEXT NOT NULL
) STRICT;
INSERT INTO event VALUES(1,4,'outputs_truncated',1795399200132,'kept 97 B of 341 B; output_per_cell is 100 B');
CREATE TABLE kernel (
  id         INTEGER PRIMARY KEY,
  worker_id  INTEGER NOT NULL REFERENCES worker (id),
  attempt_id INTEGER REFERENCES attempt (id) ON DELETE SET NULL,
  state      TEXT NOT NULL CHECK (state IN ('intended', 'started', 'releasing', 'gone')),
  gateway    TEXT NOT NULL,
  url        TEXT NOT NULL,
  tag        TEXT NOT NULL UNIQUE,
  kernelspec TEXT NOT NULL,
  kernel_id  TEXT NOT NULL DEFAULT '',
  session_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, process_session TEXT NOT NULL DEFAULT '',
  CHECK (state <> 'started' OR kernel_id <> '')
) STRICT;
INSERT INTO kernel VALUES(1,1,4,'started','lab','http://localhost:8888/','cellar-8','python3','k8','s8',1795399200121,'p8');
CREATE TABLE run_group (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO run_group VALUES(1,'model',1795399200090);
CREATE TABLE dependency (
  run_id    INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  on_run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  PRIMARY KEY (run_id, on_run_id),
  CHECK (on_run_id <> run_id)
) STRICT, WITHOUT ROWID;
INSERT INTO dependency VALUES(3,1);
INSERT INTO dependency VALUES(3,2);
CREATE TABLE takeover (
  id         INTEGER PRIMARY KEY,
  attempt_id INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  worker_id  INTEGER NOT NULL REFERENCES worker (id),  -- the one that is gone
  died       INTEGER NOT NULL CHECK (died IN (0, 1)),  -- 0: it had left on purpose
  at         INTEGER NOT NULL
) STRICT;
INSERT INTO takeover VALUES(1,5,2,1,1795399200170);
CREATE TABLE schedule (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL UNIQUE CHECK (name <> ''),
  job_file      TEXT NOT NULL,
  job_sha256    TEXT NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES content (id),
  parameters    TEXT NOT NULL,      -- a JSON object
  cron          TEXT NOT NULL,
  timezone      TEXT NOT NULL,
  jitter_ms     INTEGER NOT NULL CHECK (jitter_ms >= 0),
  catch_up      TEXT NOT NULL CHECK (catch_up IN ('latest', 'all', 'none')),
  paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  created_at    INTEGER NOT NULL,
  active_since  INTEGER NOT NULL    -- no slot up to here is made up for
) STRICT;
INSERT INTO schedule VALUES(1,'nightly','train.toml','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',12,'{"limit":5}','0 3 * * *','Europe/Berlin',120000,'all',0,1795399200140,1795399200140);
CREATE TABLE schedule_slot (
  schedule_id INTEGER NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  slot        INTEGER NOT NULL,
  run_id      INTEGER REFERENCES run (id) ON DELETE SET NULL,
  PRIMARY KEY (schedule_id, slot)
) STRICT, WITHOUT ROWID;
INSERT INTO schedule_slot VALUES(1,1795402800000,9);
CREATE TABLE search_state (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  up_to INTEGER NOT NULL
) STRICT;
INSERT INTO search_state VALUES(1,0);
CREATE TABLE search_attempt (
  attempt_id INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE pin (
  run_id    INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
  pinned_at INTEGER NOT NULL
) STRICT;
INSERT INTO pin VALUES(1,1795804315597);
INSERT INTO pin VALUES(3,1795967917800);
CREATE TABLE search_block (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt_id INTEGER REFERENCES attempt (id) ON DELETE CASCADE,
  cell_index INTEGER,
  chunk_id   INTEGER,  -- of an output: the piece in which the block begins,
  chunk_at   INTEGER,  -- so many bytes into its text,
  bytes      INTEGER,  -- and how long it is; it may go on in the pieces and outputs that follow
  content_id INTEGER REFERENCES content (id) ON DELETE CASCADE,  -- of a source
  CHECK ((attempt_id IS NULL) <> (content_id IS NULL)),
  CHECK ((cell_index IS NULL) = (attempt_id IS NULL)),
  CHECK ((chunk_id IS NULL) = (attempt_id IS NULL)),
  CHECK ((chunk_at IS NULL) = (attempt_id IS NULL)),
  CHECK ((bytes IS NULL) = (attempt_id IS NULL))
) STRICT;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','search_text','search_text',0,'CREATE VIRTUAL TABLE search_text USING fts5
  (trigrams, content = '''', detail = none, columnsize = 0, tokenize = ''ascii'')');
CREATE TABLE IF NOT EXISTS 'search_text_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_text_data VALUES(1,X'');
INSERT INTO search_text_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'search_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'search_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_text_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','search_source_text','search_source_text',0,'CREATE VIRTUAL TABLE search_source_text USING fts5
  (trigrams, content = '''', detail = none, columnsize = 0, tokenize = ''ascii'')');
CREATE TABLE IF NOT EXISTS 'search_source_text_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_source_text_data VALUES(1,X'');
INSERT INTO search_source_text_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'search_source_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'search_source_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_source_text_config VALUES('version',4);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('worker',2);
INSERT INTO sqlite_sequence VALUES('run',10);
INSERT INTO sqlite_sequence VALUES('attempt',5);
INSERT INTO sqlite_sequence VALUES('run_group',1);
INSERT INTO sqlite_sequence VALUES('chunk',15);
INSERT INTO sqlite_sequence VALUES('schedule',1);
CREATE INDEX run_by_job ON run (job);
CREATE INDEX run_by_state ON run (state);
CREATE INDEX run_by_job_state ON run (job, state);
CREATE INDEX run_by_reason ON run (reason) WHERE reason IS NOT NULL;
CREATE INDEX run_by_submission ON run (submitted_at);
CREATE INDEX run_by_definition ON run (definition_id);
CREATE INDEX run_tag_by_run ON run_tag (run_id);
CREATE UNIQUE INDEX attempt_running ON attempt (run_id) WHERE state = 'running';
CREATE INDEX attempt_running_by_worker ON attempt (worker_id) WHERE state = 'running';
CREATE INDEX cell_by_source ON cell (source_id);
CREATE INDEX chunk_by_attempt ON chunk (attempt_id);
CREATE INDEX chunk_by_output ON chunk (output_id);
CREATE INDEX chunk_by_content ON chunk (content_id) WHERE content_id IS NOT NULL;
CREATE INDEX event_by_cell ON event (cell_id);
CREATE INDEX kernel_left ON kernel (state) WHERE state <> 'gone';
CREATE INDEX kernel_by_attempt ON kernel (attempt_id);
CREATE TRIGGER attempt_ended BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;
CREATE TRIGGER attempt_ended_cell BEFORE UPDATE ON cell
WHEN (SELECT finished_at FROM attempt WHERE id = OLD.attempt_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;
CREATE TRIGGER attempt_ended_chunk BEFORE INSERT ON chunk
WHEN (SELECT finished_at FROM attempt WHERE id = NEW.attempt_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended attempt never changes'); END;
CREATE VIEW cells AS
-- One row a cell of an attempt; `cell` is its index, from 0. `source` is null where it is stored
-- compressed (more than 4 KiB): `cellar show` prints it. `events` is a JSON array of
-- {"kind", "at", "detail"}.
SELECT attempt.run_id AS run, attempt.number AS attempt, cell.cell_index AS cell, cell.name,
       cell.kind, cell.state, cell.reason, cell.message, cell.execution_count,
       strftime('%Y-%m-%dT%H:%M:%fZ', cell.started_at / 1000.0, 'unixepoch') AS started_at,
       cell.duration_ms, cell.output_bytes,
       (SELECT json_group_array(json_object(
                 'kind', event.kind,
                 'at', strftime('%Y-%m-%dT%H:%M:%fZ', event.at / 1000.0, 'unixepoch'),
                 'detail', event.detail))
        FROM event WHERE event.cell_id = cell.id) AS events,
       cell.file, cell.line,
       CASE content.encoding WHEN 'text' THEN CAST(content.data AS TEXT) END AS source
FROM cell JOIN attempt ON attempt.id = cell.attempt_id
          JOIN content ON content.id = cell.source_id
;
CREATE VIEW outputs AS
-- One row an output. `text` is a stream's text, or the body of any other output as nbformat's JSON
-- without its output_type. It is null, and `encoding` is 'zstd', where a piece of it is stored
-- compressed (more than 4 KiB at once): `cellar show` and `cellar export` print it. `bytes` came,
-- `kept_bytes` are stored. `cleared`: clear_output took it away.
SELECT attempt.run_id AS run, attempt.number AS attempt, cell.cell_index AS cell, output.number,
       output.type AS output_type, output.stream_name AS name, output.display_id, output.cleared,
       output.bytes,
       (SELECT coalesce(sum(chunk.size), 0) FROM chunk WHERE chunk.output_id = output.id)
         AS kept_bytes,
       (SELECT coalesce(max(coalesce(chunk.encoding, content.encoding)), 'text')
        FROM chunk LEFT JOIN content ON content.id = chunk.content_id
        WHERE chunk.output_id = output.id) AS encoding,
       (SELECT CASE max(piece.encoding) WHEN 'text' THEN group_concat(piece.text, '') END
        FROM (SELECT coalesce(chunk.encoding, content.encoding) AS encoding,
                     CASE coalesce(chunk.encoding, content.encoding)
                       WHEN 'text' THEN CAST(coalesce(chunk.data, content.data) AS TEXT) END AS text
              FROM chunk LEFT JOIN content ON content.id = chunk.content_id
              WHERE chunk.output_id = output.id ORDER BY chunk.id) AS piece) AS text
FROM output JOIN cell ON cell.id = output.cell_id
            JOIN attempt ON attempt.id = cell.attempt_id
;
CREATE INDEX run_queue ON run (priority DESC, ready_at, id, waits_for, not_before, concurrency_key,
                               concurrency_limit, reserved_by, state) WHERE state = 'queued';
CREATE INDEX run_due ON run (not_before, state) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX run_queued_by_concurrency ON run (concurrency_key)
  WHERE state = 'queued' AND concurrency_key IS NOT NULL;
CREATE INDEX run_running_by_concurrency ON run (concurrency_key, state)
  WHERE state = 'running' AND concurrency_key IS NOT NULL;
CREATE UNIQUE INDEX run_by_key ON run (key) WHERE key IS NOT NULL;
CREATE INDEX run_by_group ON run (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX dependency_by_on_run ON dependency (on_run_id);
CREATE INDEX takeover_by_attempt ON takeover (attempt_id);
CREATE INDEX schedule_by_definition ON schedule (definition_id);
CREATE INDEX schedule_slot_by_run ON schedule_slot (run_id);
CREATE VIEW attempts AS
-- One row a try at a run, numbered from 1. `duration_ms` is null when its worker died.
SELECT attempt.run_id AS run, attempt.number AS attempt, attempt.state, attempt.reason,
       attempt.message, attempt.gateway, attempt.kernelspec,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.started_at / 1000.0, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.finished_at / 1000.0, 'unixepoch') AS finished_at,
       attempt.queue_ms, attempt.kernel_start_ms, attempt.duration_ms,
       worker.host, worker.pid, worker.kind AS worker_kind,
       (SELECT count(*) FROM takeover WHERE takeover.attempt_id = attempt.id) AS takeovers
FROM attempt JOIN worker ON worker.id = attempt.worker_id
;
CREATE VIEW schedules AS
-- One row a schedule. `last_run` is that of its latest slot, join runs ON run = last_run.
SELECT schedule.name, schedule.job_file, schedule.cron, schedule.timezone, schedule.jitter_ms,
       schedule.catch_up, schedule.paused,
       strftime('%Y-%m-%dT%H:%M:%fZ', schedule.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', last.slot / 1000.0, 'unixepoch') AS last_slot,
       last.run_id AS last_run
FROM schedule LEFT JOIN schedule_slot AS last
     ON last.schedule_id = schedule.id
        AND last.slot = (SELECT max(slot) FROM schedule_slot WHERE schedule_id = schedule.id)
;
CREATE INDEX run_by_finish ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX attempt_by_duration ON attempt (duration_ms, run_id, number)
  WHERE duration_ms IS NOT NULL;
CREATE INDEX search_block_by_attempt ON search_block (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX search_block_by_content ON search_block (content_id) WHERE content_id IS NOT NULL;
CREATE VIEW runs AS
-- One row a run, join the others USING (run) or, for its last attempt, USING (run, attempt).
-- Times are RFC 3339 in UTC, durations milliseconds. `started_at`, `queue_ms`, `kernel_start_ms`,
-- `duration_ms`, `gateway` and `kernelspec` are those of the last attempt.
SELECT run.id AS run, run.job, run.state, run.reason, run.message,
       run.parameters,  -- a JSON object
       run.tags,        -- a JSON array
       coalesce(attempt.gateway, run.gateway) AS gateway,
       coalesce(attempt.kernelspec, run.kernelspec) AS kernelspec,
       run.attempt,     -- how many there were; 0: none yet
       strftime('%Y-%m-%dT%H:%M:%fZ', run.submitted_at / 1000.0, 'unixepoch') AS submitted_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', attempt.started_at / 1000.0, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', run.finished_at / 1000.0, 'unixepoch') AS finished_at,
       attempt.queue_ms, attempt.kernel_start_ms, attempt.duration_ms,
       run.job_file, run.job_sha256,
       run.priority,
       strftime('%Y-%m-%dT%H:%M:%fZ', run.due_at / 1000.0, 'unixepoch') AS due_at,
       run.key,
       run.group_id,    -- runs that were submitted as one share it
       run.concurrency_key,
       (SELECT json_group_array(on_run_id) FROM dependency WHERE dependency.run_id = run.id)
         AS after,      -- a JSON array of the runs that must have succeeded
       run.cancel_request,
       EXISTS (SELECT 1 FROM pin WHERE pin.run_id = run.id) AS pinned  -- 1: `gc` leaves it alone
FROM run LEFT JOIN attempt ON attempt.run_id = run.id AND attempt.number = run.attempt
;
CREATE INDEX output_by_replaced ON output (replaced) WHERE replaced IS NOT NULL;
PRAGMA writable_schema=OFF;
COMMIT;
