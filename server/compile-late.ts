/**
 * V8 compiles what runs often twice, each time better, in threads of its own: on two processors they take what others need. With these
 * flags a function must run more often before that: docs/decisions/what-runs-briefly-compiles-late.md.
 */
export const compileLate = ['--invocation-count-for-maglev=2000', '--invocation-count-for-turbofan=20000']
