/** Which table the kit uses. */
export interface TableOptions {
  /** Default: `crossdomain_rows`. */
  readonly table?: string
  /** The Postgres schema of the table. Default: what the connection's `search_path` finds. */
  readonly schema?: string
}

export const defaultTable = 'crossdomain_rows'

/** The table as statements name it. */
export function targetOf({ table = defaultTable, schema }: TableOptions): string {
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
}

export const quote = (name: string): string => `"${name.replace(/"/g, '""')}"`
export const literal = (text: string): string => `'${text.replace(/'/g, "''")}'`
