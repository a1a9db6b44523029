import { DatabaseSync } from 'node:sqlite'

// What a disk allows whoever syncs after each write. Its words are a file to make and how many seconds to go on.

const [, , file, seconds] = process.argv
const database = new DatabaseSync(file!)
database.exec('pragma journal_mode = wal; pragma synchronous = full; create table writes (n integer primary key, text)')
const insert = database.prepare('insert into writes (text) values (?)')
const begin = performance.now()
let writes = 0
while (performance.now() < begin + Number(seconds) * 1000) {
  insert.run('one commit, one sync')
  writes += 1
}
process.stdout.write(`${JSON.stringify({ perSecond: (writes / (performance.now() - begin)) * 1000 })}\n`)
