import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Tooltip } from 'radix-ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import 'uplot/dist/uPlot.min.css';
import './theme/tokens.css';
import './theme/base.css';
import './theme/shell.css';
import './theme/parts.css';
import './theme/table.css';
import './theme/chart.css';
import './theme/pages.css';
import './theme/compare.css';
import { isAskedWrongly } from './api/client.ts';
import { followChanges } from './api/live.ts';
import { Pages } from './pages/pages.tsx';
import { restoreTheme } from './theme/colors.ts';

/** A problem that asking again at once does not solve is shown, not hidden behind more questions. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 1 && !isAskedWrongly(error),
      retryDelay: 500,
      staleTime: 2_000,
      refetchOnWindowFocus: true,
    },
  },
});

restoreTheme();
followChanges(queries);
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Tooltip.Provider>
        <Router base={new URL('.', document.baseURI).pathname.replace(/\/$/, '')}>
          <Pages />
        </Router>
      </Tooltip.Provider>
    </QueryClientProvider>
  </StrictMode>,
);
