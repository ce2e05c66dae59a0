package waybill.update;

import java.util.List;

/** Who can be asked for a content, batch by batch. For one thread at a time. */
@FunctionalInterface
public interface Hands {
    /**
     * The next to turn to, those who hold it first; none if there is nobody now, and it may be asked again later. Whoever
     * was given before may be given again.
     */
    List<Giver> next() throws InterruptedException;

    /**
     * Neighbours who hold it by now, or take it in, for one who is at the origin already: a site has one line, and whoever
     * began to take the same in at the same moment could not be heard of before. None if there are none, or it is not worth
     * asking.
     */
    default List<Giver> instead() throws InterruptedException {
        return List.of();
    }

    /** These alone, and nobody later. */
    static Hands only(List<Giver> givers) {
        return new Hands() {
            private List<Giver> left = givers;

            @Override
            public List<Giver> next() {
                List<Giver> now = left;
                left = List.of();
                return now;
            }
        };
    }
}
