// An OpenAI-compatible server over llama.cpp's prebuilt libraries: a real foreign engine for the tests of the upstream adapter.
// Usage: node server.mjs MODEL.gguf [PORT]   Port 0 (the default) lets the system choose. Prints "listening PORT" when ready.
// Sequences are generated one token at a time, and a closed connection stops them: `GET /stats` counts both for the tests.
import http from "node:http";
import path from "node:path";
import { getLlama, JinjaTemplateChatWrapper, LlamaLogLevel } from "node-llama-cpp";

const maxRequestBytes = 1 << 20;
const contextSize = 256;
const sequences = 4;
const [modelFile, port = "0"] = process.argv.slice(2);
if (!modelFile) {
    console.error("usage: node server.mjs MODEL.gguf [PORT]");
    process.exit(2);
}

const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 1 });
const model = await llama.loadModel({ modelPath: path.resolve(modelFile) });
const name = path.basename(modelFile, ".gguf");
const context = await model.createContext({ contextSize, sequences, threads: 1 });
const template = new JinjaTemplateChatWrapper({ template: model.fileInfo.metadata.tokenizer.chat_template });
const stats = { requests: 0, running: 0, generated: 0, cancelled: 0 };

class RequestError extends Error {
    constructor(status, message, code = null) {
        super(message);
        this.status = status;
        this.body = { error: { message, type: status < 500 ? "invalid_request_error" : "server_error", code } };
    }
}

const readBody = async (request) => {
    let text = "";
    for await (const part of request.setEncoding("utf8")) {
        text += part;
        if (text.length > maxRequestBytes)
            throw new RequestError(413, "request too large");
    }
    try {
        return JSON.parse(text);
    } catch {
        throw new RequestError(400, "the body is not JSON");
    }
};

const promptOf = (chat, body) => {
    if (!chat)
        return model.tokenize(String(body.prompt ?? ""));
    if (!Array.isArray(body.messages) || body.messages.length === 0)
        throw new RequestError(400, "messages must be a list with at least one message");
    const chatHistory = body.messages.map(({ role, content }) => role === "assistant"
        ? { type: "model", response: [String(content)] }
        : { type: role === "system" ? "system" : "user", text: String(content) });
    const { contextText } = template.generateContextState({ chatHistory: [...chatHistory, { type: "model", response: [] }] });
    return contextText.tokenize(model.tokenizer);
};

async function* generate(body, prompt, cancelled, usage) {
    const sequence = context.getSequence();
    try {
        const limit = Math.min(body.max_tokens ?? 64, contextSize - prompt.length);
        const tokens = [];
        let sent = "";
        let finish = "length";
        for await (const token of sequence.evaluate(prompt, { temperature: body.temperature ?? 0, seed: body.seed, yieldEogToken: true })) {
            if (cancelled())
                return;
            usage.completion_tokens++;
            stats.generated++;
            if (model.isEogToken(token)) {
                finish = "stop";
                break;
            }
            tokens.push(token);
            const text = model.detokenize(tokens);
            if (!text.endsWith("\uFFFD")) {
                yield { text: text.slice(sent.length), finish: null };
                sent = text;
            }
            if (usage.completion_tokens >= limit)
                break;
        }
        yield { text: "", finish };
    } finally {
        sequence.dispose();
    }
}

const envelope = (chat, stream, id) => (choices, usage) => ({
    id, object: chat ? (stream ? "chat.completion.chunk" : "chat.completion") : "text_completion",
    created: Math.floor(Date.now() / 1000), model: name, choices, ...(usage ? { usage } : {}),
});

const complete = async (chat, body, request, response) => {
    const prompt = promptOf(chat, body);
    if (prompt.length >= contextSize)
        throw new RequestError(400, `the prompt has ${prompt.length} tokens, the context ${contextSize}`, "context_length_exceeded");
    const usage = { prompt_tokens: prompt.length, completion_tokens: 0, total_tokens: 0 };
    const wrap = envelope(chat, body.stream === true, `cmpl-${stats.requests}`);
    let closed = false;
    response.on("close", () => { closed = !response.writableFinished; });
    const send = (object) => response.write(`data: ${JSON.stringify(object)}\n\n`);
    const choice = (text, finish_reason) => chat
        ? { index: 0, delta: text ? { content: text } : {}, finish_reason }
        : { index: 0, text, finish_reason };
    let all = "";
    let reason = null;
    if (body.stream)
        response.writeHead(200, { "content-type": "text/event-stream" });
    for await (const { text, finish } of generate(body, prompt, () => closed, usage)) {
        all += text;
        reason = finish;
        if (body.stream)
            send(wrap([choice(text, finish)]));
        // Give the socket a chance to report that the other side is gone.
        await new Promise(setImmediate);
    }
    if (closed) {
        stats.cancelled++;
        return;
    }
    usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
    if (body.stream) {
        if (body.stream_options?.include_usage)
            send(wrap([], usage));
        response.end("data: [DONE]\n\n");
    } else {
        const whole = chat
            ? { index: 0, message: { role: "assistant", content: all }, finish_reason: reason }
            : { index: 0, text: all, finish_reason: reason };
        json(response, 200, wrap([whole], usage));
    }
};

const json = (response, status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
};

const handle = async (request, response) => {
    switch (`${request.method} ${request.url}`) {
        case "GET /v1/models":
            return json(response, 200, { object: "list", data: [
                { id: name, object: "model", owned_by: "llamacpp", meta: { n_ctx_train: contextSize } }] });
        case "GET /props":
            return json(response, 200, { total_slots: sequences, default_generation_settings: { n_ctx: contextSize } });
        case "GET /metrics":
            response.writeHead(200, { "content-type": "text/plain" });
            return response.end(`llamacpp:requests_processing ${stats.running}\nllamacpp:requests_deferred 0\n`);
        case "GET /stats":
            return json(response, 200, stats);
        case "POST /v1/chat/completions":
        case "POST /v1/completions": {
            const body = await readBody(request);
            stats.requests++;
            stats.running++;
            try {
                return await complete(request.url.includes("/chat/"), body, request, response);
            } finally {
                stats.running--;
            }
        }
        default:
            throw new RequestError(404, `no ${request.method} ${request.url} here`);
    }
};

const server = http.createServer((request, response) => handle(request, response).catch((error) => {
    const status = error.status ?? 500;
    if (response.headersSent)
        response.end(`data: ${JSON.stringify(error.body ?? { error: { message: error.message, type: "server_error" } })}\n\n`);
    else
        json(response, status, error.body ?? { error: { message: error.message, type: "server_error", code: null } });
}));
server.listen(Number(port), "127.0.0.1", () => console.log(`listening ${server.address().port}`));
// The parent holds our standard input: when it goes away, so do we.
process.stdin.on("end", () => process.exit(0)).resume();
