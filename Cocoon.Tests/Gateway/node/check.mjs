// The official openai package, unchanged, against a gateway. Usage: node check.mjs URL [STALLING_URL FAILING_URL]
// Prints one JSON object; the test reads it.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [url, stallingUrl, failingUrl] = process.argv.slice(2);
const client = (baseURL) => new OpenAI({ baseURL: `${baseURL}v1`, apiKey: "any", maxRetries: 0 });
const openai = client(url);
const model = "cocoon-test";
const messages = [{ role: "user", content: "Hello there" }];
const done = [];
const check = async (name, body) => {
    await body();
    done.push(name);
};

await check("chat", async () => {
    const { data, response } = await openai.chat.completions.create({ model, messages }).withResponse();
    assert.equal(data.choices[0].finish_reason, "stop");
    assert.equal(data.usage.completion_tokens, 32);
    assert.equal(data.usage.cost_nano_ton, 6 * 20 + 32 * 160);
    assert.equal(response.headers.get("x-cocoon-job-id"), data.cocoon.job);
    assert.equal(data._request_id, data.cocoon.job);
});

await check("stream", async () => {
    const whole = await openai.chat.completions.create({ model, messages });
    let text = "";
    let usage = null;
    const stream = await openai.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? "";
        usage = chunk.usage ?? usage;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(usage.cost_nano_ton, 6 * 20 + 32 * 160);
});

await check("tools", async () => {
    const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: {} } } }];
    const runner = openai.chat.completions.stream({ model, messages, tools });
    const answer = await runner.finalChatCompletion();
    const call = answer.choices[0].message.tool_calls[0];
    assert.equal(call.function.name, "get_weather");
    assert.equal(typeof JSON.parse(call.function.arguments).place, "string");
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
});

await check("structured", async () => {
    const answer = await openai.chat.completions.create({ model, messages, response_format: {
        type: "json_schema", json_schema: { name: "word", strict: true, schema: { type: "object", properties: { answer: { type: "string" } } } } } });
    assert.equal(typeof JSON.parse(answer.choices[0].message.content).answer, "string");
});

await check("completions", async () => {
    const answer = await openai.completions.create({ model, prompt: ["Once upon", "a time"], n: 2, max_tokens: 4 });
    assert.deepEqual(answer.choices.map((choice) => [choice.index, choice.finish_reason]), [0, 1, 2, 3].map((index) => [index, "length"]));
    assert.equal(answer.usage.completion_tokens, 16);
});

await check("embeddings", async () => {
    const answer = await openai.embeddings.create({ model, input: ["one", "two"] });
    assert.equal(answer.data.length, 2);
    assert.equal(answer.data[0].embedding.length, 16);
    assert.equal(typeof answer.data[0].embedding[0], "number");
});

await check("models", async () => {
    const ids = [];
    for await (const entry of openai.models.list())
        ids.push(entry.id);
    assert.deepEqual(ids, [model]);
    assert.equal((await openai.models.retrieve(model)).id, model);
});

await check("errors", async () => {
    await assert.rejects(openai.chat.completions.create({ model: "nobody", messages }), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError);
        assert.equal(error.code, "model_not_found");
        return true;
    });
    await assert.rejects(openai.chat.completions.create({ model, messages, max_tokens: -1 }), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError);
        assert.equal(error.param, "max_tokens");
        return true;
    });
    await assert.rejects(openai.responses.create({ model, input: "Hello" }), OpenAI.NotFoundError);
});

await check("cancel", async () => {
    const stream = await client(stallingUrl).chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) {
        assert.ok(chunk.choices);
        stream.controller.abort();
        break;
    }
});

await check("error in stream", async () => {
    let pieces = 0;
    await assert.rejects(async () => {
        for await (const chunk of await client(failingUrl).chat.completions.create({ model, messages, stream: true }))
            pieces += chunk.choices.length;
    }, (error) => {
        assert.equal(error.code, "worker_failed");
        return true;
    });
    assert.equal(pieces, 16);
});

console.log(JSON.stringify({ done }));
