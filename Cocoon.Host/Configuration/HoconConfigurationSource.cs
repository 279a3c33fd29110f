using System.Globalization;
using Cocoon.Host.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace Cocoon.Host.Configuration;

/// <summary>Offers a resolved HOCON tree as ordinary .NET configuration: <c>a.b</c> becomes <c>a:b</c>, items are numbered from 0.</summary>
internal sealed class HoconConfigurationSource(HoconObject tree) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(tree);

    private sealed class Provider(HoconObject tree) : ConfigurationProvider
    {
        public override void Load()
        {
            Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach ((string key, HoconValue value) in tree.Fields)
                Add(key, value);
        }

        private void Add(string path, HoconValue value)
        {
            switch (value)
            {
                case HoconScalar scalar:
                    Data[path] = scalar.Text;
                    break;
                case HoconArray array:
                    for (int i = 0; i < array.Items.Count; i++)
                        Add(ConfigurationPath.Combine(path, i.ToString(CultureInfo.InvariantCulture)), array.Items[i]);
                    break;
                case HoconObject fields:
                    foreach ((string key, HoconValue field) in fields.Fields)
                        Add(ConfigurationPath.Combine(path, key), field);
                    break;
                default:
                    throw new InvalidOperationException($"no rule for {value.Kind}");
            }
        }
    }
}
