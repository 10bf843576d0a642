// The clinic's page: one case at a time, a picture and the talk about it. No library, nothing stored but the key of this tab.

const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
const MAX_TOKENS = 400;
// The server keeps an answer going for as long after its reader was lost.
const RECONNECT_FOR_MS = 60_000;
// Near enough to the end to keep following it.
const FOLLOW_PIXELS = 60;
const NOTICE = 'AI draft, not a diagnosis';
const EXAMPLES = [
  'Describe what you see.',
  'What findings stand out?',
  'What could this be, and what else?',
  'What should be checked next?',
];

const byId = (id) => document.getElementById(id);
const view = {
  model: byId('model'), notice: byId('notice'), offline: byId('offline'), drop: byId('drop'), file: byId('file'),
  preview: byId('preview'), pictureName: byId('picture-name'), remove: byId('remove'), log: byId('log'),
  empty: byId('empty'), examples: byId('examples'), alert: byId('alert'), form: byId('form'),
  question: byId('question'), send: byId('send'), stop: byId('stop'), status: byId('status'), turn: byId('turn'),
  keyDialog: byId('key-dialog'), key: byId('key'), settings: byId('settings'), temperature: byId('temperature'),
  beams: byId('beams'), seed: byId('seed'),
};

const state = {
  models: new Map(),
  picture: null, // of a picture that no question has carried yet: url to send, shown on the page
  session: null,
  running: null, // {generation, controller, stopped}
};

// ---- talking to the server -----------------------------------------------------------------------------------------

function headers(extra = {}) {
  const key = sessionStorage.getItem('clarion-key');
  return key ? { ...extra, Authorization: `Bearer ${key}` } : extra;
}

class ServerError extends Error {
  constructor(status, error, retryAfter) {
    super(error?.message ?? `The server answered ${status}`);
    this.status = status;
    this.code = error?.code ?? '';
    this.retryAfter = retryAfter;
  }
}

async function refused(response) {
  let error = null;
  try {
    error = (await response.json()).error;
  } catch {
    // Not the server's own words: the status has to do.
  }
  return new ServerError(response.status, error, response.headers.get('retry-after'));
}

/** Yields the parsed data of each event until [DONE]; run.last is the id of the last one. */
async function* events(stream, run) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        throw new ServerError(0, { message: 'The connection ended before the answer did', code: 'cut_off' });
      }
      rest += value;
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const data = block.split('\n').filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trimStart()).join('\n');
        if (data === '[DONE]') {
          return;
        }
        const id = block.split('\n').find((line) => line.startsWith('id:'))?.slice(3).trim();
        if (id) {
          run.last = id; // Only whole events are read: what it names is shown.
        }
        if (data) {
          yield JSON.parse(data);
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const pause = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});

/** Whether the answer may go on although this was in its way: the connection broke, or the gateway was not there. */
function passing(error) {
  return error instanceof TypeError || error.code === 'cut_off' || [429, 502, 503, 504].includes(error.status);
}

/** The events of an answer to its end, over as many connections as that takes. */
async function* answer(response, run) {
  let body = response.body;
  for (;;) {
    try {
      for await (const event of events(body, run)) {
        if (run.lost) {
          run.lost = 0;
          view.status.textContent = 'Answering';
        }
        yield event;
      }
      return;
    } catch (error) {
      if (run.stopped || run.controller.signal.aborted || !run.generation || !passing(error)) {
        throw error;
      }
      run.lost ||= performance.now();
      body = await again(run, run.lost + RECONNECT_FOR_MS, error);
    }
  }
}

/** Another connection, which begins where the last one ended. */
async function again(run, until, failure) {
  view.status.textContent = 'Reconnecting';
  for (let wait = 250; performance.now() < until; wait = Math.min(2 * wait, 4000)) {
    await pause(wait, run.controller.signal);
    try {
      const response = await fetch(`v1/generations/${encodeURIComponent(run.generation)}/events`, {
        headers: headers({ 'Last-Event-ID': run.last }),
        signal: run.controller.signal,
      });
      if (response.ok) {
        return response.body;
      }
      throw await refused(response);
    } catch (error) {
      if (run.controller.signal.aborted || !passing(error)) {
        throw error;
      }
    }
  }
  throw failure;
}

async function loadModels() {
  const response = await fetch('v1/models', { headers: headers() });
  if (!response.ok) {
    throw await refused(response);
  }
  const { data } = await response.json();
  const chosen = view.model.value;
  state.models = new Map(data.map((model) => [model.id, model]));
  view.model.replaceChildren(...data.map((model) => new Option(model.title || model.id, model.id)));
  if (state.models.has(chosen)) {
    view.model.value = chosen;
  }
  showModel();
}

function showModel() {
  const model = state.models.get(view.model.value);
  view.notice.textContent = model?.notice ?? '';
  view.notice.hidden = !model?.notice;
  view.drop.parentElement.hidden = model ? !model.images : false;
}

// ---- errors, said kindly -------------------------------------------------------------------------------------------

function kindly(error) {
  const wait = error.retryAfter ? ` Try again in ${error.retryAfter} s.` : ' Try again in a moment.';
  if (error.status === 401) {
    return 'This server wants an access key. Use the button "Access key" above.';
  }
  if (error.status === 429 || error.status === 503) {
    return `The server is busy or starting.${wait}`;
  }
  if (error.code === 'context_length_exceeded') {
    return 'This talk has become too long for the model. Start a new case, or ask something shorter.';
  }
  if (error.code === 'session_not_found') {
    return 'This case is no longer kept on the server. Start a new case and add the picture again.';
  }
  if (error.code?.startsWith('image_') || error.status === 413) {
    return `${error.message}. Please choose another picture.`;
  }
  if (error instanceof TypeError) {
    return 'The server cannot be reached. Check the connection and try again: your question is kept.';
  }
  return error.message;
}

function showError(error) {
  view.alert.textContent = kindly(error);
  view.alert.hidden = false;
  if (error.status === 401) {
    openKey();
  }
}

// ---- the picture ---------------------------------------------------------------------------------------------------

function takePicture(file) {
  view.alert.hidden = true;
  // Browsers seldom know DICOM: such a file has no type, and often no ending either.
  const dicom = file.type === 'application/dicom' || /\.dcm$/i.test(file.name) || (!file.type && !file.name.includes('.'));
  if (!dicom && !/^image\/(jpeg|png)$/.test(file.type)) {
    showError(new Error(`"${file.name}" is not a JPEG, PNG or DICOM picture.`));
    return;
  }
  if (file.size > MAX_PICTURE_BYTES) {
    showError(new Error(`The picture has ${(file.size / 1048576).toFixed(1)} MB, the limit is 16 MB.`));
    return;
  }
  const reader = new FileReader();
  reader.onload = () => {
    if (state.session) {
      newCase();
    }
    const url = dicom ? reader.result.replace(/^data:[^;,]*/, 'data:application/dicom') : reader.result;
    state.picture = { url, shown: dicom ? 'dicom.svg' : url };
    view.preview.src = state.picture.shown;
    view.preview.hidden = false;
    view.drop.classList.add('filled');
    view.pictureName.textContent = file.name;
    view.remove.hidden = false;
    view.status.textContent = 'Picture added';
    view.question.focus();
  };
  reader.onerror = () => showError(new Error('The picture could not be read.'));
  reader.readAsDataURL(file);
}

function clearPicture() {
  state.picture = null;
  view.file.value = '';
  view.preview.removeAttribute('src');
  view.preview.hidden = true;
  view.drop.classList.remove('filled');
  view.pictureName.textContent = '';
  view.remove.hidden = true;
}

function newCase() {
  stop();
  state.running = null;
  busy(false);
  state.session = null;
  clearPicture();
  view.log.replaceChildren(view.empty);
  view.alert.hidden = true;
  view.question.focus();
}

// ---- a question and its answer -------------------------------------------------------------------------------------

function addTurn(question, pictureUrl) {
  view.empty.remove();
  const turn = view.turn.content.firstElementChild.cloneNode(true);
  turn.querySelector('.asked p').textContent = question;
  const thumb = turn.querySelector('.thumb');
  if (pictureUrl) {
    thumb.src = pictureUrl;
    thumb.hidden = false;
  }
  view.log.append(turn);
  view.log.scrollTop = view.log.scrollHeight;
  return turn;
}

/** Writes text at most once a frame and follows the end only if the reader is there. */
function writer(target) {
  const node = document.createTextNode('');
  target.replaceChildren(node);
  let pending = '';
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    const following = view.log.scrollHeight - view.log.scrollTop - view.log.clientHeight < FOLLOW_PIXELS;
    node.appendData(pending);
    pending = '';
    if (following) {
      view.log.scrollTop = view.log.scrollHeight;
    }
  };
  return {
    add(text) {
      pending += text;
      if (!scheduled) {
        scheduled = true;
        requestAnimationFrame(flush);
      }
    },
    end() {
      flush();
      return node.data;
    },
  };
}

function busy(on) {
  view.send.hidden = on;
  view.stop.hidden = !on;
  view.model.disabled = on;
}

/** What the settings say about the choice of words. */
function choice() {
  const beams = view.beams.valueAsNumber;
  return {
    temperature: view.temperature.valueAsNumber,
    ...(beams > 1 ? { num_beams: beams } : {}),
    ...(view.seed.value === '' ? {} : { seed: view.seed.valueAsNumber }),
  };
}

/** Whether the settings can be sent; shows the first that cannot. */
function settled() {
  const wrong = [view.temperature, view.beams, view.seed].find((input) => !input.checkValidity());
  if (wrong) {
    view.settings.open = true;
    wrong.reportValidity();
  }
  return !wrong;
}

async function ask(question) {
  const picture = state.session ? null : state.picture;
  const turn = addTurn(question, picture?.shown);
  const run = { generation: null, controller: new AbortController(), stopped: false, last: '0', lost: 0 };
  state.running = run;
  turn.classList.add('busy');
  view.alert.hidden = true;
  view.status.textContent = 'Answering';
  busy(true);
  const out = writer(turn.querySelector('.text'));
  const began = performance.now();
  let failure = null;
  let usage = null;
  try {
    const parts = picture ? [{ type: 'image_url', image_url: { url: picture.url } }] : [];
    const response = await fetch('v1/chat/completions', {
      method: 'POST',
      headers: headers({ 'Content-Type': 'application/json' }),
      signal: run.controller.signal,
      body: JSON.stringify({
        model: view.model.value,
        messages: [{ role: 'user', content: [...parts, { type: 'text', text: question }] }],
        ...(state.session ? { session_id: state.session } : {}),
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: MAX_TOKENS,
        ...choice(),
      }),
    });
    if (!response.ok) {
      throw await refused(response);
    }
    run.generation = response.headers.get('x-clarion-generation');
    run.seed = response.headers.get('x-clarion-seed');
    if (state.running === run) {
      state.session = response.headers.get('x-clarion-session');
    }
    for await (const event of answer(response, run)) {
      if (event.error) {
        throw new ServerError(0, event.error);
      }
      usage = event.usage ?? usage;
      const text = event.choices?.[0]?.delta?.content;
      if (text) {
        out.add(text);
      }
    }
  } catch (error) {
    failure = error;
  }
  finish(turn, run, { text: out.end(), failure, usage, question, seconds: (performance.now() - began) / 1000 });
}

function finish(turn, run, result) {
  if (state.running === run) {
    state.running = null;
    busy(false);
  }
  turn.classList.remove('busy');
  const facts = [];
  if (run.stopped) {
    facts.push('stopped');
  }
  if (result.usage) {
    facts.push(`${result.usage.completion_tokens} tokens in ${result.seconds.toFixed(1)} s`);
  }
  if (result.text && run.seed) {
    facts.push(`seed ${run.seed}`);
  }
  turn.querySelector('.facts').textContent = facts.join(' · ');
  if (result.text) {
    const copy = turn.querySelector('.copy');
    copy.hidden = false;
    copy.addEventListener('click', () => copyAnswer(copy, result.text));
  }
  if (!turn.isConnected) {
    return; // A new case has begun.
  }
  if (result.failure && !run.stopped) {
    if (!result.text) {
      turn.remove();
      if (!view.log.querySelector('.turn')) {
        view.log.append(view.empty);
      }
      view.question.value = view.question.value || result.question;
      grow();
    }
    view.status.textContent = '';
    showError(result.failure);
    return;
  }
  view.status.textContent = run.stopped ? 'Stopped' : 'Answer complete';
  view.question.focus();
}

async function copyAnswer(button, text) {
  try {
    await navigator.clipboard.writeText(`${NOTICE}\n\n${text}`);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Copying is not allowed here';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}

function sendStop(run) {
  fetch(`v1/generations/${encodeURIComponent(run.generation)}`, { method: 'DELETE', headers: headers() })
    .catch(() => run.controller.abort());
}

function stop() {
  const run = state.running;
  if (!run || run.stopped) {
    return;
  }
  run.stopped = true;
  view.status.textContent = 'Stopping';
  if (run.generation) {
    sendStop(run);
  } else {
    run.controller.abort(); // Nothing has begun that could be kept.
  }
}

function submit() {
  const question = view.question.value.trim();
  if (!question || state.running) {
    view.question.focus();
    return;
  }
  if (!settled()) {
    return;
  }
  view.question.value = '';
  grow();
  ask(question);
}

function grow() {
  view.question.style.height = 'auto';
  view.question.style.height = `${Math.min(view.question.scrollHeight, 180)}px`;
}

function openKey() {
  if (!view.keyDialog.open) {
    view.key.value = sessionStorage.getItem('clarion-key') ?? '';
    view.keyDialog.showModal();
  }
}

// ---- wiring --------------------------------------------------------------------------------------------------------

view.examples.append(...EXAMPLES.map((text) => {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.addEventListener('click', () => { view.question.value = text; submit(); });
  item.append(button);
  return item;
}));

view.form.addEventListener('submit', (event) => { event.preventDefault(); submit(); });
view.question.addEventListener('input', grow);
view.question.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !view.keyDialog.open) {
    stop();
  }
});
view.stop.addEventListener('click', stop);
byId('new').addEventListener('click', newCase);
view.remove.addEventListener('click', () => (state.session ? newCase() : clearPicture()));
view.file.addEventListener('change', () => { if (view.file.files[0]) { takePicture(view.file.files[0]); } });
for (const name of ['dragenter', 'dragover']) {
  document.addEventListener(name, (event) => { event.preventDefault(); view.drop.classList.add('over'); });
}
document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) { view.drop.classList.remove('over'); } });
document.addEventListener('drop', (event) => {
  event.preventDefault();
  view.drop.classList.remove('over');
  if (event.dataTransfer.files[0]) {
    takePicture(event.dataTransfer.files[0]);
  }
});
document.addEventListener('paste', (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith('image/'));
  if (file) {
    event.preventDefault();
    takePicture(file);
  }
});
view.model.addEventListener('change', () => { newCase(); showModel(); });
byId('key-open').addEventListener('click', openKey);
view.keyDialog.addEventListener('close', () => {
  if (view.keyDialog.returnValue === 'save') {
    sessionStorage.setItem('clarion-key', view.key.value.trim());
    view.alert.hidden = true;
    loadModels().catch(showError);
  }
  view.key.value = '';
});
for (const name of ['online', 'offline']) {
  addEventListener(name, () => { view.offline.hidden = navigator.onLine; });
}
loadModels().catch(showError);
