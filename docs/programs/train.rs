//! A training code in Rust, asked by lines of JSON (docs/programs.md):
//!
//!     rustc -O --edition 2021 train.rs
//!     verifier run --program ./train --level quick
//!
//! No crates: requests are flat, so that each value is found by its name.

use std::io::{self, BufRead, Write};

type Rows = Vec<Vec<f64>>;

/// What follows `"name": ` in a request.
fn value<'a>(request: &'a str, name: &str) -> &'a str {
    let key = format!("\"{name}\": ");
    let start = request.find(&key).unwrap_or_else(|| panic!("no {name}")) + key.len();
    &request[start..]
}

fn number(request: &str, name: &str) -> f64 {
    let text = value(request, name);
    let end = text.find([',', '}']).expect("an end");
    text[..end].trim().parse().expect("a number")
}

/// The numbers of a list, up to the bracket that closes it.
fn list(text: &str) -> Vec<f64> {
    let inside = &text[1..text.find(']').expect("a bracket")];
    inside.split(',').map(|part| part.trim().parse().expect("a number")).collect()
}

fn vector(request: &str, name: &str) -> Vec<f64> {
    list(value(request, name))
}

fn matrix(request: &str, name: &str) -> Rows {
    let text = value(request, name);
    let end = text.find("]]").expect("brackets") + 1;
    text[1..end].split_inclusive(']').map(|row| list(row.trim_start_matches([',', ' ']))).collect()
}

fn is(request: &str, name: &str, text: &str) -> bool {
    value(request, name).starts_with(&format!("\"{text}\""))
}

fn sigmoid(s: f64) -> f64 {
    if s >= 0.0 { 1.0 / (1.0 + (-s).exp()) } else { s.exp() / (1.0 + s.exp()) }
}

/// The derivative of the loss at s = -y f(x).
fn derivative(request: &str, s: f64) -> f64 {
    let constant = |name| number(request, name);
    if is(request, "loss", "identity") {
        1.0
    } else if is(request, "loss", "logistic") {
        sigmoid(s)
    } else if is(request, "loss", "exponential") {
        s.exp()
    } else {
        let r = constant("rate");
        let tail = (-2.0 * (r * (s - constant("offset"))).abs()).exp();
        let bounded = constant("bounded") * 4.0 * tail / (1.0 + tail).powi(2);
        constant("linear") + constant("convex") * sigmoid(r * s) + bounded
    }
}

/// The network f(x) = (1/sqrt m) sum_i a_i phi(<w_i, x> + b_i).
struct Network {
    w: Rows,
    b: Vec<f64>,
    a: Vec<f64>,
    slope: f64,
}

impl Network {
    fn of(request: &str) -> Network {
        let [b, a] = ["b", "a"].map(|name| vector(request, name));
        Network { w: matrix(request, "W"), b, a, slope: number(request, "slope") }
    }

    fn preactivation(&self, i: usize, x: &[f64]) -> f64 {
        self.w[i].iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + self.b[i]
    }

    fn pattern(&self, u: f64) -> f64 {
        if u >= 0.0 { 1.0 } else { self.slope }
    }

    fn root(&self) -> f64 {
        (self.a.len() as f64).sqrt()
    }

    fn output(&self, x: &[f64]) -> f64 {
        let terms = (0..self.a.len()).map(|i| {
            let u = self.preactivation(i, x);
            self.a[i] * self.pattern(u) * u
        });
        terms.sum::<f64>() / self.root()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; x.len()];
        for i in 0..self.a.len() {
            let pull = self.a[i] * self.pattern(self.preactivation(i, x)) / self.root();
            found.iter_mut().zip(&self.w[i]).for_each(|(g, w)| *g += pull * w);
        }
        found
    }

    /// Gradient descent on the mean of the loss over all samples, with torch's momentum.
    fn train(&mut self, request: &str) {
        let (x, y) = (matrix(request, "X"), vector(request, "y"));
        let momentum = number(request, "momentum");
        let trains_bias = value(request, "train_bias").starts_with('t');
        let mut v = vec![vec![0.0; x[0].len() + 1]; self.a.len()];
        for eta in vector(request, "steps") {
            // all outputs first: the weights move below
            let pull = |(x, y): (&Vec<f64>, &f64)| y * derivative(request, -y * self.output(x));
            let pulls: Vec<f64> = x.iter().zip(&y).map(pull).collect();
            for i in 0..self.a.len() {
                v[i].iter_mut().for_each(|v| *v *= momentum);
                for (x, pull) in x.iter().zip(&pulls) {
                    let pattern = self.pattern(self.preactivation(i, x));
                    let delta = -pull * self.a[i] * pattern / self.root() / y.len() as f64;
                    x.iter().chain([&1.0]).zip(&mut v[i]).for_each(|(x, v)| *v += delta * x);
                }
                self.w[i].iter_mut().zip(&v[i]).for_each(|(w, v)| *w -= eta * v);
                if trains_bias {
                    self.b[i] -= eta * v[i][x[0].len()];
                }
            }
        }
    }
}

fn answer(request: &str) -> String {
    assert!(number(request, "protocol") == 1.0, "this program knows protocol 1 alone");
    if is(request, "function", "describe") {
        return String::from(r#"{"functions": ["train", "output", "input_gradient"]}"#);
    }
    let mut f = Network::of(request);
    if is(request, "function", "train") {
        f.train(request);
        return format!(r#"{{"W": {:?}, "b": {:?}, "a": {:?}}}"#, f.w, f.b, f.a);
    }
    let z = matrix(request, "z");
    if is(request, "function", "output") {
        let found: Vec<f64> = z.iter().map(|z| f.output(z)).collect();
        format!(r#"{{"f": {found:?}}}"#)
    } else {
        let found: Rows = z.iter().map(|z| f.gradient(z)).collect();
        format!(r#"{{"gradient": {found:?}}}"#)
    }
}

fn main() {
    for line in io::stdin().lock().lines() {
        println!("{}", answer(&line.expect("a line")));
        io::stdout().flush().expect("a reader");
    }
}
