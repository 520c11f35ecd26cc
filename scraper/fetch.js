// Reads one address inside the open page, as the site's own scripts do. Arguments: address, milliseconds it may take, whether the
// site itself asks for it by AJAX; the same address and mark of the page that will be read next, if known; Selenium's callback.
// The next page is asked for as soon as this one came, so that it travels while this one is parsed: one request at a time.
const [address, patience, ajax, next, nextAjax, done] = arguments;
const decode = (bytes, type) => {
  try {
    // `stream` forgives a character cut in two at the end: a page that ends early is told by its missing end.
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes, {stream: true});
  } catch {
    const head = new TextDecoder('latin1').decode(bytes.slice(0, 2048));
    const declared = /charset=["']?([\w-]+)/i.exec(type) || /charset=["']?([\w-]+)/i.exec(head);
    return new TextDecoder(declared ? declared[1] : 'utf-8', {fatal: true}).decode(bytes);
  }
};
const read = async (url, byAjax) => {
  const started = performance.now();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const answer = await fetch(url, {
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'manual',
      referrer: location.origin + '/',
      signal: abort.signal,
      headers: byAjax ? {'X-Requested-With': 'XMLHttpRequest'} : {Accept: 'text/html,application/xhtml+xml,*/*;q=0.8'},
    });
    const text = decode(await answer.arrayBuffer(), answer.headers.get('Content-Type') || '');
    const redirected = answer.type === 'opaqueredirect';
    return {status: answer.status, redirected, retryAfter: answer.headers.get('Retry-After'), text, seconds: (performance.now() - started) / 1000};
  } catch (error) {
    return {error: abort.signal.aborted ? 'no whole answer in time' : String(error.message || error)};
  } finally {
    clearTimeout(timer);
  }
};
const ahead = window.reumiAhead;
window.reumiAhead = undefined;
(ahead && ahead.url === address ? ahead.answer : read(address, ajax)).then((answer) => {
  if (next && answer.status === 200) window.reumiAhead = {url: next, answer: read(next, nextAjax)};
  done(answer);
});
