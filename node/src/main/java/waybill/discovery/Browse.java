package waybill.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one round learns from {@link Signposts}: which neighbours say of themselves that they are relays, and are therefore
 * asked (section 2.5). Bounded. For one thread.
 */
final class Browse {
    /** The most that are asked because they say so, in all. */
    static final int MOST = 32;
    /** Of one address, on which several relays may live. */
    static final int MOST_PER_SOURCE = 4;

    private final Signposts signposts;
    private final int id;
    private final Tally dropped;
    private final Set<InetSocketAddress> known = new HashSet<>();
    private final Map<InetAddress, Integer> perSource = new HashMap<>();

    /** @param id of the question, which an answer has to repeat */
    Browse(Signposts signposts, int id, Tally dropped) {
        this.signposts = signposts;
        this.id = id;
        this.dropped = dropped;
    }

    InetSocketAddress group(Lan lan) {
        return signposts.group(lan);
    }

    byte[] question() {
        return signposts.question(id);
    }

    /** Whether anybody said that he is a relay. */
    boolean found() {
        return !known.isEmpty();
    }

    /** Takes a datagram in that came to the socket from which this LAN was asked; gives who is to be asked now. */
    List<Advertised> heard(byte[] answer, InetSocketAddress source, Lan lan) {
        if (!lan.mayAnswer(source.getAddress())) {
            dropped.count(Tally.Reason.NOT_A_NEIGHBOUR);
            return List.of();
        }
        List<Advertised> fresh = new ArrayList<>();
        for (int port : signposts.ports(answer, id, source)) {
            if (known.size() >= MOST || perSource.getOrDefault(source.getAddress(), 0) >= MOST_PER_SOURCE) {
                dropped.count(Tally.Reason.NO_ROOM);
                break;
            }
            // A neighbour speaks for his own address alone.
            InetSocketAddress there = new InetSocketAddress(source.getAddress(), port);
            if (known.add(there)) {
                perSource.merge(source.getAddress(), 1, Integer::sum);
                fresh.add(new Advertised(lan, there));
            }
        }
        return fresh;
    }
}
