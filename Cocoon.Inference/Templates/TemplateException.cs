namespace Cocoon.Inference.Templates;

/// <summary>What was wrong with a chat template or its rendering.</summary>
public enum TemplateFailure
{
    /// <summary>The template is not well formed, or uses something this subset of Jinja does not have.</summary>
    Syntax = 1,

    /// <summary>An operation does not fit its values (an attribute of an undefined value, text plus number).</summary>
    Evaluation = 2,

    /// <summary>The template itself refused the conversation with <c>raise_exception</c>.</summary>
    Raised = 3,

    /// <summary>Steps, output size, nesting or recursion went over their bound.</summary>
    Limit = 4,
}

/// <summary>A chat template could not be parsed or rendered. The message ends with the line and column in the template.</summary>
public sealed class TemplateException : Exception
{
    internal TemplateException(TemplateFailure failure, string message, TemplatePosition position)
        : base($"{message} (chat template line {position.Line}, column {position.Column})")
    {
        Failure = failure;
        Line = position.Line;
        Column = position.Column;
        Reason = message;
    }

    /// <summary>What kind of failure it was.</summary>
    public TemplateFailure Failure { get; }

    /// <summary>The message without the place.</summary>
    public string Reason { get; }

    /// <summary>Line in the template, from 1.</summary>
    public int Line { get; }

    /// <summary>Column in the line, from 1.</summary>
    public int Column { get; }
}

/// <summary>A place in a template's source, both from 1.</summary>
internal readonly record struct TemplatePosition(int Line, int Column);
