// Reads one address inside the open page, as the site's own scripts do. Arguments: address, milliseconds it may take,
// whether the site itself asks for it by AJAX; the last is Selenium's callback.
const [address, patience, ajax, done] = arguments;
const started = performance.now();
const abort = new AbortController();
const timer = setTimeout(() => abort.abort(), patience);
const seconds = () => (performance.now() - started) / 1000;
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
fetch(address, {
  cache: 'no-store',
  credentials: 'same-origin',
  redirect: 'manual',
  referrer: location.origin + '/',
  signal: abort.signal,
  headers: ajax ? {'X-Requested-With': 'XMLHttpRequest'} : {Accept: 'text/html,application/xhtml+xml,*/*;q=0.8'},
}).then(async (answer) => {
  const text = decode(await answer.arrayBuffer(), answer.headers.get('Content-Type') || '');
  done({status: answer.status, redirected: answer.type === 'opaqueredirect', retryAfter: answer.headers.get('Retry-After'), text, seconds: seconds()});
}).catch((error) => {
  done({error: abort.signal.aborted ? 'no whole answer in time' : String(error.message || error), seconds: seconds()});
}).finally(() => clearTimeout(timer));
