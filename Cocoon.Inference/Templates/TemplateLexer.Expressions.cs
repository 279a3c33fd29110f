using System.Globalization;
using System.Text;

namespace Cocoon.Inference.Templates;

/// <summary>The inside of tags.</summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] LongOperators = ["//", "**", "==", "!=", ">=", "<="];
    private const string ShortOperators = "+-*/%~[](){}=<>.:|,;";

    private void LexTag(int tag, bool isBlock)
    {
        Add(isBlock ? TemplateTokenKind.BlockBegin : TemplateTokenKind.PrintBegin, string.Empty, tag);
        string end = isBlock ? "%}" : "}}";
        Stack<char> open = new();
        while (true)
        {
            index = SkipSpace(index);
            if (index >= source.Length)
                throw Error($"this tag is never closed: write '{end}'", tag);
            if (open.Count == 0 && TryEnd(end, isBlock))
                return;
            LexToken(open);
        }
    }

    private bool TryEnd(string end, bool isBlock)
    {
        int at = index;
        char modifier = source[at] == '-' || (isBlock && source[at] == '+') ? source[at++] : '\0';
        if (!source.AsSpan(at).StartsWith(end, StringComparison.Ordinal))
            return false;
        Add(isBlock ? TemplateTokenKind.BlockEnd : TemplateTokenKind.PrintEnd, string.Empty, index);
        index = at + 2;
        if (isBlock)
            SkipAfterEnd(modifier);
        else if (modifier == '-')
            index = SkipSpace(index);
        return true;
    }

    private void LexToken(Stack<char> open)
    {
        char first = source[index];
        if (first is '\'' or '"')
            LexString(first);
        else if (char.IsAsciiDigit(first))
            LexNumber();
        else if (char.IsLetter(first) || first == '_')
            LexName();
        else
            LexOperator(open);
    }

    private void LexName()
    {
        int start = index;
        while (index < source.Length && (char.IsLetterOrDigit(source[index]) || source[index] == '_'))
            index++;
        Add(TemplateTokenKind.Name, source[start..index], start);
    }

    private void LexNumber()
    {
        int start = index;
        SkipDigits();
        bool isFloat = false;
        bool afterDot = start > 0 && source[start - 1] == '.';
        if (!afterDot && index + 1 < source.Length && source[index] == '.' && char.IsAsciiDigit(source[index + 1]))
        {
            isFloat = true;
            index++;
            SkipDigits();
        }

        if (!afterDot && index < source.Length && source[index] is 'e' or 'E' && !afterDot)
        {
            int exponent = index + 1;
            if (exponent < source.Length && source[exponent] is '+' or '-')
                exponent++;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                isFloat = true;
                index = exponent;
                SkipDigits();
            }
        }

        string digits = source[start..index].Replace("_", string.Empty, StringComparison.Ordinal);
        if (!isFloat && !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw Error("this integer does not fit 64 bits", start);
        Add(isFloat ? TemplateTokenKind.Float : TemplateTokenKind.Integer, digits, start);
    }

    private void SkipDigits()
    {
        while (index < source.Length && (char.IsAsciiDigit(source[index]) || source[index] == '_'))
            index++;
    }

    private void LexOperator(Stack<char> open)
    {
        int start = index;
        foreach (string candidate in LongOperators)
        {
            if (!source.AsSpan(index).StartsWith(candidate, StringComparison.Ordinal))
                continue;
            index += 2;
            Add(TemplateTokenKind.Operator, candidate, start);
            return;
        }

        char symbol = source[index++];
        if (!ShortOperators.Contains(symbol, StringComparison.Ordinal))
            throw Error($"'{symbol}' has no meaning here", start);
        if (symbol is '(' or '[' or '{')
            open.Push(symbol == '(' ? ')' : symbol == '[' ? ']' : '}');
        else if (symbol is ')' or ']' or '}' && (!open.TryPop(out char expected) || expected != symbol))
            throw Error($"'{symbol}' closes nothing that is open", start);
        Add(TemplateTokenKind.Operator, symbol.ToString(), start);
    }

    private void LexString(char quote)
    {
        int start = index++;
        StringBuilder text = new();
        while (true)
        {
            if (index >= source.Length)
                throw Error("this string is never closed", start);
            char current = source[index++];
            if (current == quote)
                break;
            if (current == '\\' && index < source.Length)
                LexEscape(text, start);
            else
                text.Append(current);
        }

        Add(TemplateTokenKind.String, text.ToString(), start);
    }

    /// <summary>Python's escapes; an unknown one stays as it is written, backslash included.</summary>
    private void LexEscape(StringBuilder text, int start)
    {
        char escape = source[index++];
        switch (escape)
        {
            case '\n': break;
            case 'n': text.Append('\n'); break;
            case 't': text.Append('\t'); break;
            case 'r': text.Append('\r'); break;
            case 'a': text.Append('\a'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'v': text.Append('\v'); break;
            case '\\' or '\'' or '"': text.Append(escape); break;
            case 'x': AppendHex(text, 2, start); break;
            case 'u': AppendHex(text, 4, start); break;
            case 'U': AppendHex(text, 8, start); break;
            case >= '0' and <= '7':
                int value = escape - '0';
                for (int digits = 1; digits < 3 && index < source.Length && source[index] is >= '0' and <= '7'; digits++)
                    value = value * 8 + source[index++] - '0';
                text.Append((char)value);
                break;
            default: text.Append('\\').Append(escape); break;
        }
    }

    private void AppendHex(StringBuilder text, int digits, int start)
    {
        if (index + digits > source.Length
            || !int.TryParse(source.AsSpan(index, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Error($"this string has an escape without {digits} valid hexadecimal digits", start);
        }

        index += digits;
        text.Append(value is > 0xFFFF ? char.ConvertFromUtf32(value) : ((char)value).ToString());
    }
}
