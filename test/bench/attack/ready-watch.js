const LOOK_MS = 500;

/** Looks at `/ready` again and again, until stopped; `stop` gives every answer: { atMs (epoch), status, checks }. */
export function watchReady(operationsUrl) {
  const answers = [];
  let isWatching = true;
  const watched = (async () => {
    while (isWatching) {
      const answer = await fetch(`${operationsUrl}/ready`).catch(() => null);
      const body = answer === null ? null : await answer.json();
      answers.push({ atMs: Date.now(), status: answer?.status ?? 0, checks: body?.checks ?? {} });
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  return {
    async stop() {
      isWatching = false;
      await watched;
      return answers;
    },
  };
}
