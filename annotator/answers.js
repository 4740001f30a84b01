// Runs before Gradio's own scripts: no answer is lost that comes while the stream of answers is being closed.
// The page keeps one stream open while events are under way. The server closes it after the last answer and says so in a
// last message; an event that is sent before that message arrives is answered on no stream, until some later event opens
// another. So the page is told of the end only when nothing is under way; otherwise a new stream goes on in its place.
((send) => {
  const waiting = new Set(); // Events that the server has taken and not answered.

  function note({ msg, event_id: id }) {
    if (msg === 'process_completed') waiting.delete(id);
    if (msg === 'unexpected_error' || msg === 'server_stopped') waiting.clear();
  }

  // The messages of a stream and of those that go on in its place, as the text after which a blank line stands.
  async function* messages(response, again) {
    for (let stream = response, closed = ''; ; stream = await again(), closed = '') {
      const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        const texts = (rest + value).split('\n\n');
        rest = texts.pop();
        for (const text of texts) {
          const message = text.startsWith('data:') ? JSON.parse(text.slice('data:'.length)) : {};
          note(message);
          if (message.msg === 'close_stream') closed = text;
          else yield text;
        }
      }
      if (closed && waiting.size) continue;
      if (closed) yield closed;
      return;
    }
  }

  function joined(response, again) {
    const texts = messages(response, again), encoder = new TextEncoder();
    const body = new ReadableStream({
      async pull(controller) {
        const { value, done } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`${value}\n\n`));
      },
    });
    return new Response(body, response);
  }

  window.fetch = async (what, options) => {
    const again = () => send(what instanceof Request ? what.clone() : what, options);
    const response = await again(), url = what.url || String(what);
    if (response.ok && url.includes('/queue/data?')) return joined(response, again);
    if (response.ok && /\/queue\/join\b/.test(url)) waiting.add((await response.clone().json()).event_id);
    return response;
  };
})(window.fetch.bind(window));
