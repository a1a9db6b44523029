import { Misuse, table, type Command } from '../command.ts'
import { withDatabase, withNewDatabase } from '../with-database.ts'
import { createWorkspace, listWorkspaces } from './queries.ts'

const create: Command = {
  name: 'workspaces create',
  summary: 'Make a workspace: contacts, keys and search of its own.',
  options: { name: { value: 'NAME', help: 'What people call it.', isRequired: true } },
  run: (given) =>
    withNewDatabase(given, async (db) => {
      const name = given.text('name')!.trim()
      if (name === '') throw new Misuse('--name must not be blank.')
      const { id } = await db.transaction((tx) => createWorkspace(tx, name))
      return {
        json: { id, name },
        text: `${id}  ${name}\nNow a key: npx support-inbox keys create --workspace ${id} --scope api_user`,
      }
    }),
}

const list: Command = {
  name: 'workspaces list',
  summary: 'All workspaces.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const workspaces = await listWorkspaces(db)
      const rows = workspaces.map(({ id, name, createdAt }) => [id, name, createdAt])
      return { json: { workspaces }, text: rows.length === 0 ? 'None yet.' : table(rows) }
    }),
}

export const workspaceCommands = [create, list]
