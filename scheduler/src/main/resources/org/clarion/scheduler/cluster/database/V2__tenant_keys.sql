-- Tenants' data keys, wrapped with a key that is derived from the cluster's secret. Restore these tables from no backup:
-- a key that was destroyed since would be there again.
CREATE TABLE tenant (
  tenant  VARCHAR(256) NOT NULL PRIMARY KEY,
  -- How often the tenant was erased. It is erased while it has no key.
  era     INT          NOT NULL,
  -- One more with every change.
  version BIGINT       NOT NULL
);

CREATE TABLE tenant_key (
  tenant     VARCHAR(256) NOT NULL REFERENCES tenant (tenant),
  id         BIGINT       NOT NULL,
  -- The highest one seals new values.
  ordinal    INT          NOT NULL,
  -- Which of the cluster's secrets.
  wrapped_by VARCHAR(64)  NOT NULL,
  wrapped    ${bytes}     NOT NULL,
  PRIMARY KEY (tenant, id)
);
