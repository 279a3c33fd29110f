using Cocoon.Actors.Runtime;
using Cocoon.Protocol.Frames;
using Cocoon.Protocol.Link;
using Cocoon.Protocol.Money;
using Cocoon.Protocol.V1;

namespace Cocoon.Actors.Proxy;

/// <summary>Sends the price table to whoever thinks of working for this operator, with how much work there is.</summary>
internal sealed class PriceListSink(ILink link, PriceListQuery query, ProxySettings settings) : IReplySink<FleetView>
{
    /// <summary>Most models in one list: a frame holds so many with the longest names.</summary>
    private const int ModelsMax = 128;

    public void Reply(long ticket, FleetView reply)
    {
        PriceTable prices = settings.Prices;
        PriceList list = new() { Query = query.Query, CommissionBasisPoints = (uint)prices.CommissionBasisPoints };
        if (prices.AnyModel is { } any)
            list.Models.Add(With(new ModelPrice(), any));
        Dictionary<string, ModelView> served = reply.Models.ToDictionary(model => model.Name, StringComparer.Ordinal);
        IEnumerable<string> names = prices.Models.Concat(served.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (string name in names.Take(ModelsMax))
        {
            if (prices.Terms(name) is not { } terms)
                continue;
            ModelPrice model = With(new ModelPrice { Name = name }, terms.Rates);
            if (served.TryGetValue(name, out ModelView? view))
            {
                model.Workers = (uint)view.Workers;
                model.Slots = (uint)view.Slots;
                model.Running = (uint)view.Running;
                model.Waiting = (uint)view.Waiting;
            }

            list.Models.Add(model);
        }

        link.Send(0, FrameKind.PriceList, list, end: false);
    }

    private static ModelPrice With(ModelPrice model, IReadOnlyList<Rate> rates)
    {
        model.Price.AddRange(rates.Select(rate => new Price { UsageClass = (uint)rate.Class, NanoTonPerMillion = rate.NanoTonPerMillion }));
        return model;
    }
}
