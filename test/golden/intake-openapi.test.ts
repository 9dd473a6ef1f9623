import { DIALECTS, openApi } from '@burnline/collector';
import { format } from 'prettier';
import { expect, it } from 'vitest';

/** docs/intake-openapi.json is what the intake serves at /openapi.json. After a change: `npm test -- test/golden/intake-openapi.test.ts -u`. */
it('the document of the intake is checked in', async () => {
  const text = await format(JSON.stringify(openApi()), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot('../../docs/intake-openapi.json');
});

it('has every path that is posted to', () => {
  const { paths } = openApi() as { readonly paths: Readonly<Record<string, object>> };
  const posted = Object.entries(paths).flatMap(([path, methods]) => ('post' in methods ? [path] : []));
  const routes = DIALECTS.flatMap(({ routes: own }) => own.map(({ path }) => path));
  expect(posted.sort()).toEqual([...routes].sort());
});
