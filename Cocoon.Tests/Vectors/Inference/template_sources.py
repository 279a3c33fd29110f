"""The cases of template-cases.json: (name, template, variables[, kind of failure]). The templates are this project's own, in the style of known families."""

CHATML = r"""{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are helpful.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

LLAMA3 = r"""{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "01 Jan 2026" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- The system message goes first, whatever follows. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Today: " + date_string + "\n\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {{- "Functions:\n\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("There is no user message to put the tools in.") }}
    {%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\n\n' -}}
    {{- "Answer with a JSON call of one of these functions.\n\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("Only one call at a time.") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

MISTRAL = r"""{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{#- Turns must alternate, tool turns aside #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("Roles must alternate user/assistant/user/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- else %}
                {{- "]" + eos_token }}
            {%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool_results" or message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[TOOL_RESULTS] {"content": ' + content|string + ", " }}
        {{- '"call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
"""

GEMMA = r"""{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""

HERMES = r"""{%- macro json_to_python_type(json_spec) %}
{%- set basic_type_map = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"} %}
{%- if basic_type_map[json_spec.type] is defined %}
{{- basic_type_map[json_spec.type] }}
{%- elif json_spec.type == "array" %}
{{- "list[" +  json_to_python_type(json_spec|items|selectattr(0, "eq", "items")|map("last")|first) + "]"}}
{%- elif json_spec.type == "object" %}
{%- if json_spec.additionalProperties is defined %}
{{- "dict[str, " + json_to_python_type(json_spec.additionalProperties) + ']'}}
{%- else %}
{{- "dict" }}
{%- endif %}
{%- elif json_spec.type is iterable %}
{{- "Union[" }}
{%- for t in json_spec.type %}
{{- json_to_python_type({"type": t}) }}
{%- if not loop.last %}
{{- "," }}
{%- endif %}
{%- endfor %}
{{- "]" }}
{%- else %}
{{- "Any" }}
{%- endif %}
{%- endmacro %}
{{- bos_token }}
{{- '<|im_start|>system
' }}
{{- "Functions are inside <tools></tools>: <tools> " }}
{%- for tool in tools %}
{%- if tool.function is defined %}
{%- set tool = tool.function %}
{%- endif %}
{{- '{"type": "function", "function": ' }}
{{- '{"name": "' + tool.name + '", ' }}
{{- '"description": "' + tool.name + '(' }}
{%- for param_name, param_fields in tool.parameters.properties|items %}
{{- param_name + ": " + json_to_python_type(param_fields) }}
{%- if not loop.last %}
{{- ", " }}
{%- endif %}
{%- endfor %}
{{- ")" }}
{{- " - " + tool.description + "

" }}
{%- for param_name, param_fields in tool.parameters.properties|items %}
{%- if loop.first %}
{{- "    Args:
" }}
{%- endif %}
{{- "        " + param_name + "(" + json_to_python_type(param_fields) + "): " + param_fields.description|default("none given")|trim }}
{%- endfor %}
{{- '", "parameters": ' }}
{%- if tool.parameters.properties | length == 0 %}
{{- "{}" }}
{%- else %}
{{- tool.parameters|tojson }}
{%- endif %}
{{- "}" }}
{%- if not loop.last %}
{{- "
" }}
{%- endif %}
{%- endfor %}
{{- " </tools><|im_end|>
" }}
{%- for message in messages %}
{%- if message.role == "user" or message.role == "system" or (message.role == "assistant" and message.tool_calls is not defined) %}
{{- '<|im_start|>' + message.role + '
' + message.content + '<|im_end|>' + '
' }}
{%- elif message.role == "assistant" %}
{{- '<|im_start|>' + message.role }}
{%- for tool_call in message.tool_calls %}
{{- '
<tool_call>
' }}
{%- if tool_call.function is defined %}
{%- set tool_call = tool_call.function %}
{%- endif %}
{{- '{' }}
{{- '"name": "' }}
{{- tool_call.name }}
{{- '"' }}
{{- ', '}}
{%- if tool_call.arguments is defined %}
{{- '"arguments": ' }}
{%- if tool_call.arguments is string %}
{{- tool_call.arguments }}
{%- else %}
{{- tool_call.arguments|tojson }}
{%- endif %}
{%- endif %}
{{- '}' }}
{{- '
</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>
' }}
{%- elif message.role == "tool" %}
{%- if loop.previtem and loop.previtem.role != "tool" %}
{{- '<|im_start|>tool
' }}
{%- endif %}
{{- '<tool_response>
' }}
{{- message.content }}
{%- if not loop.last %}
{{- '
</tool_response>
' }}
{%- else %}
{{- '
</tool_response>' }}
{%- endif %}
{%- if not loop.last and loop.nextitem.role != "tool" %}
{{- '<|im_end|>' }}
{%- elif loop.last %}
{{- '<|im_end|>' }}
{%- endif %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant
' }}
{%- endif %}
"""

HARMONY = r"""{%- macro render_type(spec, depth=0) -%}
  {%- if spec.type == "array" -%}
    {%- if spec['items'] -%}{{ render_type(spec['items'], depth + 1) + "[]" }}{%- else -%}any[]{%- endif -%}
  {%- elif spec.enum is defined and spec.enum -%}
    {{ '"' + spec.enum|join('" | "') + '"' }}
  {%- elif spec.oneOf -%}
    {%- for v in spec.oneOf -%}{{ render_type(v) }}{% if not loop.last %} | {% endif %}{%- endfor -%}
  {%- elif spec.type in ("number", "integer") -%}number
  {%- elif spec.type == "object" -%}
    {%- if spec.properties -%}
{
{% for name, p in spec.properties.items() -%}
{{ "  " * depth }}{{ name }}{%- if name not in (spec.required or []) -%}?{%- endif -%}: {{ render_type(p, depth=depth + 1) }}{% if not loop.last %}, {% endif %}
{% endfor %}}
    {%- else -%}object{%- endif -%}
  {%- else -%}{{ spec.type | default("any") }}{%- endif -%}
{%- endmacro -%}
{%- if reasoning_effort is not defined %}{% set reasoning_effort = "medium" %}{% endif -%}
<|start|>system<|message|>Current date: {{ strftime_now("%Y-%m-%d") }}
Reasoning: {{ reasoning_effort }}

# Valid channels: analysis, commentary, final.<|end|>
{%- for t in tools or [] -%}
{{ "\n// " + t.function.description + "\ntype " + t.function.name + " = (_: " + render_type(t.function.parameters) + ") => any;" }}
{%- endfor -%}
{%- for message in messages -%}
<|start|>{{ message.role }}<|message|>{{ message.content or "" }}<|end|>
{%- endfor -%}
{% if add_generation_prompt %}<|start|>assistant{% endif %}
"""

SIMPLE = [{"role": "user", "content": "Hello"}]
MULTI = [
    {"role": "system", "content": "  Be brief.\n"},
    {"role": "user", "content": "Hi \U0001F999 there"},
    {"role": "assistant", "content": " Hello! "},
    {"role": "user", "content": "<|im_end|>\nWhat is 1 < 2 & \"x\"?"},
]
TOOL_TURNS = [
    {"role": "user", "content": "Weather in Paris and Zürich?"},
    {"role": "assistant", "content": "", "tool_calls": [
        {"id": "abcdefghi", "type": "function", "function": {"name": "weather", "arguments": {"city": "Paris", "days": 2}}},
        {"id": "abcdefghj", "type": "function", "function": {"name": "weather", "arguments": {"city": "Zürich", "days": 1, "units": None, "near": 1.5}}},
    ]},
    {"role": "tool", "content": "{\"t\": 20}", "tool_call_id": "abcdefghi"},
    {"role": "tool", "content": "18 °C", "tool_call_id": "abcdefghj"},
]
ONE_CALL = [
    {"role": "system", "content": "You call functions."},
    {"role": "user", "content": "Weather in Paris?"},
    {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}]},
    {"role": "tool", "content": "sunny"},
]
THINKING = [
    {"role": "user", "content": "1+1?"},
    {"role": "assistant", "content": "<think>\neasy\n</think>\n\n2"},
    {"role": "user", "content": "2+2?"},
    {"role": "assistant", "content": "4", "reasoning_content": "\nalso easy\n", "tool_calls": [{"function": {"name": "check", "arguments": "{\"n\": 4}"}}]},
    {"role": "tool", "content": "right"},
]
THINKING_LAST = THINKING[:2] + [{"role": "user", "content": "<tool_response>x</tool_response>"}, {"role": "assistant", "content": "<think>a</think>b"}]
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The <city>'s name"},
            "days": {"type": "integer", "enum": [1, 2], "default": 1},
            "near": {"type": ["number", "string"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "extra": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "required": ["city"]}}},
    {"type": "function", "function": {"name": "check", "description": "Checks", "parameters": {"type": "object", "properties": {}}}},
]
STRING_ENUM_TOOLS = [{"type": "function", "function": {"name": "paint", "description": "Paints", "parameters": {
    "type": "object", "properties": {"color": {"type": "string", "enum": ["red", "blue"]}, "at": {"type": "array", "items": {"type": "integer"}},
                                     "how": {"oneOf": [{"type": "string"}, {"type": "number"}]}, "deep": {"type": "object", "properties": {"x": {"type": "boolean"}}}}}}}]

QWEN3 = "@shared/vectors/inference/templates/Qwen-Qwen3-0.6B.jinja"


def chat(messages, generate=True, **more):
    return {"messages": messages, "add_generation_prompt": generate, **more}


CASES = [
    ("qwen3 simple", QWEN3, chat(SIMPLE)),
    ("qwen3 no thinking", QWEN3, chat(MULTI, enable_thinking=False)),
    ("qwen3 thinking on", QWEN3, chat(MULTI, enable_thinking=True)),
    ("qwen3 tools", QWEN3, chat(MULTI, tools=TOOLS)),
    ("qwen3 tools without system", QWEN3, chat(SIMPLE, False, tools=TOOLS)),
    ("qwen3 tool turns", QWEN3, chat(TOOL_TURNS, tools=TOOLS)),
    ("qwen3 reasoning", QWEN3, chat(THINKING)),
    ("qwen3 reasoning last", QWEN3, chat(THINKING_LAST, False)),
    ("chatml", CHATML, chat(SIMPLE)),
    ("chatml multi", CHATML, chat(MULTI, False)),
    ("llama3", LLAMA3, chat(MULTI, bos_token="<|begin_of_text|>")),
    ("llama3 tools in user", LLAMA3, chat(ONE_CALL, bos_token="<|begin_of_text|>", tools=TOOLS)),
    ("llama3 tools in system", LLAMA3, chat(ONE_CALL, bos_token="<|begin_of_text|>", tools=TOOLS, tools_in_user_message=False, date_string="2 Feb 2026")),
    ("llama3 two calls", LLAMA3, chat(TOOL_TURNS, bos_token="<|begin_of_text|>"), "raised"),
    ("mistral", MISTRAL, chat(MULTI, bos_token="<s>", eos_token="</s>")),
    ("mistral tools", MISTRAL, chat(TOOL_TURNS, bos_token="<s>", eos_token="</s>", tools=TOOLS)),
    ("mistral order", MISTRAL, chat(SIMPLE + SIMPLE, bos_token="<s>", eos_token="</s>"), "raised"),
    ("gemma", GEMMA, chat(MULTI, bos_token="<bos>")),
    ("gemma parts", GEMMA, chat([{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " see "}]}], bos_token="<bos>")),
    ("gemma bad content", GEMMA, chat([{"role": "user", "content": 3}], bos_token="<bos>"), "raised"),
    ("hermes", HERMES, chat(TOOL_TURNS, bos_token="", tools=TOOLS)),
    ("hermes no call", HERMES, chat(MULTI, bos_token="<s>", tools=TOOLS[:1])),
    ("harmony", HARMONY, chat(MULTI, tools=STRING_ENUM_TOOLS)),
    ("harmony effort", HARMONY, chat(SIMPLE, reasoning_effort="high")),
]

TEXT = "  a b\tc  "
DATA = {"x": 3, "y": 2.5, "s": "Hello World", "e": "", "n": None, "t": True, "list": [3, 1, 2], "names": ["b", "A", "c", "a"],
        "map": {"k": 1, "Z": [1, {"q": "é\"\n\u2028\U0001F999"}], "items": 5}, "emoji": "a\U0001F999b\U0001F999c", "ws": TEXT,
        "people": [{"name": "Ann", "age": 30, "tag": {"id": 2}}, {"name": "bob", "age": 25, "tag": {"id": 1}}, {"name": "Cy", "age": 30, "tag": {"id": 3}, "old": True}]}

EXPRESSIONS = [
    "{{ x }}|{{ y }}|{{ s }}|{{ n }}|{{ t }}|{{ missing }}|{{ list }}|{{ map }}",
    "{{ 1 + 2 * 3 ** 2 // 4 % 5 - -6 }} {{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** -1 }} {{ 2.0 * 3 }} {{ 1e16 }} {{ 1e-5 }} {{ 123456789.125 }} {{ 0.1 + 0.2 }} {{ 1_000 }}",
    "{{ -7.5 // 2 }} {{ -7.5 % 2 }} {{ 1e300 * 10 }} {{ 12345678901234567890.0 }} {{ 1.5e-7 }} {{ 0.0001 }} {{ 100000.0 }} {{ 1e15 }}",
    "{{ 'a' 'b' ~ 1 ~ none ~ missing ~ 2.0 }} {{ 'ab' * 3 }} {{ [1] * 2 + [2] }} {{ (1, 2) + (3,) }} {{ 3 * 'x' }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 != 2 }} {{ 2 >= 2 }} {{ 'é' > 'z' }}",
    "{{ 'el' in s }} {{ 'x' not in s }} {{ 3 in list }} {{ 'k' in map }} {{ not x }} {{ x and e }} {{ e or 'd' }} {{ not e and t }} {{ 'a' in missing }} {{ (1, 2) == [1, 2] }}",
    "{{ 'y' if x > 2 else 'n' }}{{ 'y' if x > 9 }}{{ 'a' if e else 'b' if n else 'c' }}",
    "{{ list[0] }}{{ list[-1] }}{{ list[9] }}{{ s[0] }}{{ s[-1] }}{{ list[1:] }}{{ list[:-1] }}{{ list[::-1] }}{{ s[::-1] }}{{ s[1:8:2] }}{{ s[8:1:-3] }}{{ list[5:] }}{{ s[-3:] }}{{ list[::2] }}",
    "{{ emoji|length }}{{ emoji[1] }}{{ emoji[2:] }}{{ emoji[::-1] }}{{ emoji.find('c') }}{% for c in emoji %}<{{ c }}>{% endfor %}{{ emoji|list }}",
    "{{ map.k }}{{ map['Z'][1].q }}{{ map.nothing }}{{ map['nothing'] is defined }}{{ map.get('k') }}{{ map.get('zz', 7) }}{{ map.get('zz') }}{{ map['items'] }}{{ people.0.name }}",
    "{{ map.items()|list }} {{ map.keys()|list }} {{ map.values()|list|length }} {% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}",
    "{{ {'a': 1, 'b': [true, none]} }} {{ {} }} {{ [] }} {{ () }} {{ (1,) }} {{ \"it's\" }} {{ [\"it's\", 'q\"', 'b\\\\s', 'n\\nt\\t', '\\x00\\x7f\\xa0é\\u2028'] }}",
    "{{ '\\u00e9\\x41\\101\\n\\t\\'' }}|{{ \"\\q\\\"\" }}",
    "{{ map|tojson }}\n{{ map|tojson(indent=2) }}\n{{ map|tojson(indent=None, sort_keys=True) }}\n{{ map|tojson(ensure_ascii=True) }}\n{{ map|tojson(separators=(',', ':')) }}\n{{ [1, 2.0, 'x<y>&\\'', true, none, [], {}]|tojson }}",
    "{{ {'a': {}, 'b': [], 'c': [[]]}|tojson(indent=1) }}{{ 'a/b\\b\\f\\x01\\x7f'|tojson }}{{ 1e16|tojson }}{{ '\\x7f\\U0001F999'|tojson(ensure_ascii=true) }}{{ people|tojson(4) }}",
    "[{{ ws|trim }}][{{ ws.strip() }}][{{ ws.lstrip() }}][{{ ws.rstrip() }}][{{ 'xxaxx'.strip('x') }}][{{ 'xyaxy'|trim('yx') }}][{{ '\\n\\nab\\n'.strip('\\n') }}][{{ 3|trim }}][{{ missing|trim }}]",
    "{{ missing|default('d') }}{{ e|default('d') }}{{ e|default('d', true) }}{{ n|default('d') }}{{ n|d('d', boolean=true) }}{{ missing|default }}",
    "{{ s|length }}{{ list|count }}{{ map|length }}{{ missing|length }}{{ s|upper }}{{ s|lower }}{{ 'hello wORLD-foo (bar'|title }}{{ 'hELLO'|capitalize }}{{ s.upper() }}{{ s.lower() }}{{ \"they're bill's\".title() }}{{ 'aBC'.capitalize() }}",
    "{{ list|join }}{{ list|join(', ') }}{{ people|join('; ', attribute='name') }}{{ ', '.join(names) }}{{ [1, none, 'x', 2.0]|join('-') }}{{ 'abc'|join('.') }}{{ []|join(',') }}",
    "{{ s|replace('o', '0') }}{{ s|replace('o', '0', 1) }}{{ s.replace('l', 'L') }}{{ s.replace('l', 'L', 2) }}{{ 'aaa'.replace('aa', 'b') }}{{ 'ab'.replace('', '-') }}{{ ''.replace('', 'x') }}{{ 'ab'.replace('', '-', 1) }}",
    "{{ 'a,b,,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a,b,c'.split(',', 1) }}{{ 'a b c'.split(None, 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a b  c '.rsplit(None, 1) }}{{ 'abc'.split('x') }}{{ ''.split(',') }}{{ ''.split() }}{{ 'a\\nb\\r\\nc\\n'.splitlines() }}{{ 'k=v=w'.partition('=') }}{{ 'kv'.partition('=') }}",
    "{{ s.startswith('He') }}{{ s.endswith('ld') }}{{ s.startswith(('x', 'H')) }}{{ s.find('o') }}{{ s.rfind('o') }}{{ s.find('zz') }}{{ s.count('l') }}{{ s.index('W') }}{{ 'abcabc'.removeprefix('abc') }}{{ 'x.py'.removesuffix('.py') }}{{ '7'.zfill(3) }}{{ '-7'.zfill(4) }}",
    "{{ '12'.isdigit() }}{{ 'a1'.isdigit() }}{{ 'ab'.isalpha() }}{{ 'a1'.isalnum() }}{{ ' '.isspace() }}{{ 'ab'.islower() }}{{ 'AB1'.isupper() }}{{ ''.isdigit() }}{{ '1a'.islower() }}",
    "{{ '%s is %d and %.2f%%' % ('a', 3, 1.5) }}{{ '%s' % 7 }}{{ '%s-%s'|format('a', none) }}{{ '{} {} {{}}'.format(1, 'b') }}{{ '{1}{0}{name}'.format(1, 2, name='n') }}{{ '%d' % 3.9 }}",
    "{{ '42'|int }}{{ '4.9'|int }}{{ 'x'|int }}{{ 'x'|int(5) }}{{ 4.9|int }}{{ '2.5'|float }}{{ 'x'|float }}{{ 3|float }}{{ true|int }}{{ -3|abs }}{{ (-3)|abs }}{{ (-2.5)|abs }}{{ 2.567|round(2) }}{{ 2.5|round }}{{ 3.5|round }}{{ 2.1|round(0, 'ceil') }}{{ 2.19|round(1, 'floor') }}{{ 7|string ~ 'x' }}",
    "{{ list|sort }}{{ names|sort }}{{ names|sort(case_sensitive=true) }}{{ list|sort(reverse=true) }}{{ people|sort(attribute='age')|map(attribute='name')|list }}{{ people|sort(attribute='tag.id', reverse=true)|map(attribute='name')|join(',') }}{{ map|dictsort }}",
    "{{ list|first }}{{ list|last }}{{ []|first }}{{ list|min }}{{ list|max }}{{ list|sum }}{{ people|sum(attribute='age') }}{{ [1, 1, 2, 'a', 'A']|unique|list }}{{ list|reverse|list }}{{ 'abc'|reverse }}{{ 'abc'|first }}{{ people|max(attribute='age')|tojson }}",
    "{{ people|map(attribute='name')|list }}{{ names|map('upper')|list }}{{ people|map(attribute='old', default='no')|list }}{{ ['1', '2']|map('int')|sum }}{{ people|map(attribute='tag.id')|list }}{{ [' a ', 'b ']|map('trim')|join('|') }}{{ [1,2]|map('default', 3)|list }}",
    "{{ people|selectattr('old')|map(attribute='name')|list }}{{ people|selectattr('old', 'defined')|list|length }}{{ people|rejectattr('age', 'equalto', 30)|map(attribute='name')|list }}{{ list|select('odd')|list }}{{ list|reject('gt', 1)|list }}{{ [0, 1, '']|select|list }}{{ people|selectattr('age', '>', 26)|list|length }}{{ people|selectattr('name', 'in', ['Ann', 'Cy'])|map(attribute='age')|list }}",
    "{{ list|batch(2)|list }}{{ list|batch(2, 'x')|list }}{{ people|groupby('age')|map('first')|list }}{{ 'a <b> \\'c\\' & \"d\"'|e }}{{ s|wordcount }}{{ map|items|list }}{{ s|safe }}{{ people[0]|attr('name') is defined }}",
    "{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'a\\n\\nb'|indent(2, blank=true) }}|{{ 'a\\nb'|indent('> ') }}|{{ ''|indent }}",
    "{{ x is defined }}{{ missing is defined }}{{ missing is undefined }}{{ n is none }}{{ x is not none }}{{ s is string }}{{ map is mapping }}{{ list is iterable }}{{ s is iterable }}{{ x is iterable }}{{ list is sequence }}{{ map is sequence }}{{ x is number }}{{ y is number }}{{ t is number }}{{ x is integer }}{{ t is integer }}{{ y is float }}{{ t is boolean }}{{ t is true }}{{ t is false }}{{ range is callable }}",
    "{{ x is odd }}{{ x is even }}{{ x is divisibleby 3 }}{{ x is divisibleby(2) }}{{ 'ab' is lower }}{{ 'AB' is upper }}{{ x is eq 3 }}{{ x is ne(3) }}{{ x is gt 2 }}{{ x is lt 2 }}{{ x is ge 3 }}{{ x is le 3 }}{{ x is equalto 3 }}{{ 3 is in [3] }}{{ x is in(list) }}{{ n is sameas none }}{{ x is not in [1] and true }}",
    "{{ range(3)|list }}{{ range(1, 6, 2)|list }}{{ range(3, 0, -1)|list }}{{ dict(a=1, b='x') }}{{ dict({'z': 1}, a=2)|tojson }}",
    "{{ strftime_now('%d %b %Y %H:%M:%S %A %a %B %j %p %I %y %m %% %e %F %T') }}{{ strftime_now('%-d') if false else '' }}",
    "{{ (1, 2, 3)[1:] }}{{ [1, [2, [3]]][1][1][0] }}{{ 'abc'[1:][0] }}{{ {'a': {'b': 3}}.a.b }}{{ [1, 2,][0] }}{{ {'a': 1,}.a }}",
    "{{ (s|lower).split(' ')[-1]|upper }}{{ not s.startswith('x') and x }}{{ 'a' ~ ('b' if t else 'c') ~ 'd' }}{{ -x }}{{ +x }}{{ --x }}{{ x - -1 }}{{ s|length > 3 }}{{ x + list|length }}",
    "{{ 'a' + 'b' ~ 'c' + 'd' }}{{ 1 ~ 2 + 3 if false else 'z' }}{{ 10 - 2 - 3 }}{{ 2 ** 3 ** 2 }}{{ 100 // 7 * 2 }}{{ 'x' * 2 ~ 'y' }}",
    "{{ [1, 2] == [1, 2] }}{{ {'a': 1} == {'a': 1.0} }}{{ none == none }}{{ missing == other }}{{ 'a' == 1 }}{{ none == false }}{{ (1,) == (1,) }}{{ 1 in [true] }}",
]

STATEMENTS = [
    ("for", "{% for i in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.depth }}{{ loop.cycle('o', 'e') }}{{ loop.changed(i > 1) }};{% endfor %}"),
    ("for else", "{% for i in [] %}x{% else %}none{% endfor %}{% for i in [1] %}x{% else %}none{% endfor %}{% for i in list if i > 9 %}x{% else %}filtered{% endfor %}"),
    ("for if", "{% for i in list if i != 1 %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}"),
    ("for nested", "{% for p in people %}{% set outer = loop %}{% for k, v in p.items() %}{{ outer.index }}.{{ loop.index }}{{ k }} {% endfor %}{% endfor %}"),
    ("for unpack", "{% for a, (b, c) in [(1, (2, 3)), (4, (5, 6))] %}{{ a }}{{ b }}{{ c }} {% endfor %}{% for k in map %}{{ k }}{% endfor %}{% for a, b in [[1, 2]] %}{{ a + b }}{% endfor %}"),
    ("break continue", "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}"),
    ("scope", "{% set v = 1 %}{% for i in [1, 2] %}{{ v }}{% set v = 5 %}{{ v }}{% endfor %}{{ v }}{% if true %}{% set v = 9 %}{% endif %}{{ v }}"),
    ("namespace", "{% set ns = namespace(n=0, found=false) %}{% for i in list %}{% set ns.n = ns.n + i %}{% if i == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.n }}{{ ns.found }}{{ ns.other is defined }}"),
    ("set forms", "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% set d %}x{{ a }}y{% endset %}{{ d }}{{ d|length }}{% set u | upper | trim %} abc {% endset %}{{ u }}{% set z = 'q' if a else 'r' %}{{ z }}"),
    ("if", "{% if e %}1{% elif n %}2{% elif x == 3 %}3{% else %}4{% endif %}{% if not missing %}m{% endif %}{% if list and map %}b{% endif %}"),
    ("macro", "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ f(1) }}{{ f(1, c=3) }}{{ f('x', 'y', 'z') }}{{ f() }}{% set r = f(1) %}{{ r|length }}{{ f is callable }}"),
    ("macro recursion", "{% macro fact(n) %}{% if n > 1 %}{{ n }}*{{ fact(n - 1) }}{% else %}1{% endif %}{% endmacro %}{{ fact(5) }}"),
    ("macro outer", "{% set g = 7 %}{% macro f() %}{{ g }}{{ x }}{% endmacro %}{{ f() }}{% set g = 8 %}"),
    ("call block", "{% macro box(title) %}[{{ title }}:{{ caller('in') }}]{% endmacro %}{% call(v) box('t') %}body {{ v }}{% endcall %}"),
    ("filter block", "{% filter upper %}abc {{ s }}{% endfilter %}{% filter replace('a', 'b')|trim %} aaa {% endfilter %}"),
    ("with", "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}{% with %}{% set q = 3 %}{{ q }}{% endwith %}{{ q is defined }}"),
    ("generation", "{% generation %}{{ s }}{% endgeneration %}!"),
    ("raw", "{% raw %}{{ x }} {% if %}{% endraw %}|{%- raw -%} {{ y }} {%- endraw -%} |"),
    ("comments", "a{# c {{ x }} {% if %} #}b {#- c -#} d\n  {# line #}\ne"),
    ("trim blocks", "a\n{% if t %}\nb\n{% endif %}\nc\n"),
    ("lstrip blocks", "<div>\n    {% if t %}\n        yo\n    {% endif %}\n  {{ x }}\n  {# c #}\n</div>\n\n"),
    ("dash", "a  \n  {%- if t -%}  \n b \n {%- endif -%} \n c {{- x -}} \n d"),
    ("plus", "a\n   {%+ if t %}b{% endif +%}\n c\n  {%+ set z = 1 +%}\n d"),
    ("same line", "a {% if t %} b {% endif %} c\n{{ x }} {% if t %}\n{% endif %}x"),
    ("crlf", "a\r\n{% if t %}\r\nb\rc{% endif %}\r\n"),
    ("braces in print", "{{ {'a': {'b': 1}}['a']['b'] }}{{ '}}' }}{{ \"{%\" }}{{ {'x': '}}'}}}"),
    ("loop variable shadow", "{% for message in people %}{% set message = message.tag %}{{ message.id }}{% endfor %}{{ message is defined }}"),
    ("empty", ""),
    ("text only", "just text { } % # {x}\n\n"),
    ("nested set in if", "{% if t %}{% set found = 'yes' %}{% endif %}{{ found }}{% for i in [1] %}{% if t %}{% set found = 'in' %}{% endif %}{{ found }}{% endfor %}{{ found }}"),
    ("loop in macro", "{% macro f(l) %}{% for i in l %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}{% endmacro %}{{ f(list) }}{{ f(names) }}"),
]

FAILURES = [
    ("undefined attribute", "{{ missing.name }}", "evaluation"),
    ("undefined call", "{{ missing() }}", "evaluation"),
    ("undefined add", "{{ missing + 'x' }}", "evaluation"),
    ("text plus number", "{{ 'a' + 1 }}", "evaluation"),
    ("none plus text", "{{ n + 'a' }}", "evaluation"),
    ("division by zero", "{{ 1 // 0 }}", "evaluation"),
    ("order of kinds", "{{ 'a' < 1 }}", "evaluation"),
    ("iterate number", "{% for i in x %}{% endfor %}", "evaluation"),
    ("length of number", "{{ x|length }}", "evaluation"),
    ("raise", "{{ raise_exception('no: ' ~ x) }}", "raised"),
    ("mutating method", "{{ list.append(4) }}", "evaluation"),
    ("underscore", "{{ s.__class__.__mro__ }}", "evaluation"),
    ("unpack mismatch", "{% for a, b in [[1, 2, 3]] %}{% endfor %}", "evaluation"),
    ("too many macro arguments", "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "evaluation"),
    ("set on a map", "{% set map.k = 1 %}", "evaluation"),
    ("tojson of undefined", "{{ missing|tojson }}", "evaluation"),
    ("percent count", "{{ '%s %s' % 'a' }}", "evaluation"),
    ("unknown filter", "{{ x|nothing }}", "syntax"),
    ("unknown test", "{{ x is nothing }}", "syntax"),
    ("unknown statement", "{% nothing %}", "syntax"),
    ("unclosed if", "{% if x %}", "syntax"),
    ("unclosed print", "{{ x ", "syntax"),
    ("unclosed comment", "{# x ", "syntax"),
    ("unclosed string", "{{ 'x }}", "syntax"),
    ("unbalanced", "{{ (x }}", "syntax"),
    ("stray end", "{% endif %}", "syntax"),
    ("missing operand", "{{ x + }}", "syntax"),
    ("empty print", "{{ }}", "syntax"),
    ("assign to constant", "{% set true = 1 %}", "syntax"),
    ("bad character", "{{ x ? }}", "syntax"),
    ("break outside", "{% break %}", "syntax"),
]

CASES += [(f"expression {index + 1}", template, DATA) for index, template in enumerate(EXPRESSIONS)]
CASES += [(name, template, DATA) for name, template in STATEMENTS]
CASES += [(f"fails: {name}", template, DATA, kind) for name, template, kind in FAILURES]
