namespace Cocoon.Inference.OpenAi;

/// <summary>How a model family writes calls of tools.</summary>
internal enum ToolFormat
{
    /// <summary>The model's template knows no tools.</summary>
    None,

    /// <summary>Qwen and Hermes: <c>&lt;tool_call&gt;{"name": ..., "arguments": {...}}&lt;/tool_call&gt;</c>, several in a row.</summary>
    Hermes,

    /// <summary>Llama 3: the answer is <c>{"name": ..., "parameters": {...}}</c>, perhaps after <c>&lt;|python_tag|&gt;</c>, several with semicolons.</summary>
    Llama3,
}

/// <summary>Finds the format in a chat template.</summary>
internal static class ToolFormats
{
    public static ToolFormat Detect(string template)
    {
        if (!template.Contains("tools", StringComparison.Ordinal))
            return ToolFormat.None;
        if (template.Contains("<tool_call>", StringComparison.Ordinal))
            return ToolFormat.Hermes;
        return template.Contains("\"parameters\"", StringComparison.Ordinal) && template.Contains("ipython", StringComparison.Ordinal)
            ? ToolFormat.Llama3
            : ToolFormat.None;
    }
}
