/**
 * Flags of V8, to be set while it runs (at its start they would keep it from using what Node.js has compiled beforehand). V8 compiles
 * what runs often twice, each time better, in threads of its own, which take what others need where there are two processors. With
 * these a function must run more often before that: docs/decisions/mails-are-parsed-in-a-process.md.
 */
export const compileLate = '--invocation-count-for-maglev=2000 --invocation-count-for-turbofan=20000'
