import { sql, type Sql } from '../db/sql.ts'

interface Wanted {
  since: string
  /** A page of the list, of rows (as `v`) for which this holds as well. */
  wanted(when: Sql): Sql
  /** What the row's id is called. */
  id: Sql
  limit: number
}

/** A page of what has changed since then: an index walk for those with a newer message, another for all other changes. */
export const updatedSince = ({ since, wanted, id, limit }: Wanted): Sql =>
  sql`select * from (${wanted(sql`and v.activity_at >= ${since}`)}) as recent
      union all
      select * from (${wanted(sql`and v.activity_at < ${since} and v.changed_at >= ${since}`)}) as others
      order by "activityAt" desc, ${id} desc limit ${limit}`
