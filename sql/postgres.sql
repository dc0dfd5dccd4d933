-- The table of next-crossdomain-session, for your own migrations. `ensureTables` and drizzle-kit make the same one.
create table if not exists crossdomain_rows (
  id text primary key,
  version integer not null,
  user_id text,
  -- Not jsonb, which would write numbers and the order of keys in its own way.
  value json not null,
  -- From when on nobody asks for the row any more.
  purge_at timestamptz not null
);
create index if not exists crossdomain_rows_user_id_idx on crossdomain_rows (user_id) where user_id is not null;
create index if not exists crossdomain_rows_purge_at_idx on crossdomain_rows (purge_at);
