-- Entries of the maps of shared state. Values are sealed before they come here.
CREATE TABLE entry (
  map_name   VARCHAR(64)   NOT NULL,
  tenant     VARCHAR(256)  NOT NULL,
  id         VARCHAR(256)  NOT NULL,
  -- Of two writes the one with the higher rank stays, whichever comes last.
  entry_rank BIGINT        NOT NULL,
  sealed     ${bytes}      NOT NULL,
  -- Milliseconds since 1970; nothing is read afterwards.
  kept_until BIGINT        NOT NULL,
  PRIMARY KEY (map_name, tenant, id)
);

CREATE INDEX entry_kept_until ON entry (kept_until);
