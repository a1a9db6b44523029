import type { Migration } from '../migrate.ts'

// What a process needs to hide the installation's own numbers. Made when it is first needed, so that a moved inbox brings its own.
export const installationSecret: Migration = {
  name: '028-installation-secret',
  statements: ({ key, int }) => [
    `create table installation_secret (id ${int} primary key check (id = 1), secret ${key} not null)`,
  ],
}
